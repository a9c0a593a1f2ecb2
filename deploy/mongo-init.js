// Run by mongosh as root against mongo-1, again at each `docker compose up`: makes the replica set and the platform's user.
const password = require('node:fs').readFileSync('/run/secrets/mongo_password', 'utf8').trim()
const members = ['mongo-1', 'mongo-2', 'mongo-3'].map((host, _id) => ({ _id, host: `${host}:27017` }))
const notYetInitialized = 94
try {
  rs.status()
} catch (error) {
  if (error.code !== notYetInitialized) throw error
  rs.initiate({ _id: 'rs0', members })
}
for (let tries = 0; !db.hello().isWritablePrimary; tries += 1) {
  if (tries === 60) throw new Error('mongo-1 did not become the primary within a minute')
  sleep(1000)
}
const admin = db.getSiblingDB('admin')
const user = {
  pwd: password,
  roles: [
    { role: 'readWrite', db: 'fleetloom' },
    { role: 'clusterMonitor', db: 'admin' },
  ],
}
if (admin.getUser('fleetloom') === null) admin.createUser({ user: 'fleetloom', ...user })
else admin.updateUser('fleetloom', user)
