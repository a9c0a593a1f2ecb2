/**
 * A server that takes every connection and whatever comes through it, and does nothing: what an attack costs others on
 * this machine by the attacker's own work, whoever is attacked.
 */
import { createServer } from 'node:http'
import net from 'node:net'
import { WebSocketServer } from 'ws'

const web = createServer((_, response) => response.end())
const sockets = new WebSocketServer({ server: web })
sockets.on('connection', (socket) => socket.on('error', () => undefined))
const mqtt = net.createServer((socket) => socket.on('error', () => undefined).resume())

const portOf = (server: net.Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })

const [webPort, mqttPort] = await Promise.all([portOf(web), portOf(mqtt)])
console.log(JSON.stringify({ url: `http://127.0.0.1:${webPort}`, mqttPort }))
