import type { ByLanguage } from '../language.ts'

type Sentence = Omit<ByLanguage<string>, 'en-US'>
const said = (portuguese: string, french: string): Sentence => ({ 'pt-BR': portuguese, fr: french })

const missing: Readonly<Record<string, Sentence>> = {
  'alert rule': said('Essa regra de alerta não existe', 'Cette règle d’alerte n’existe pas'),
  alert: said('Esse alerta não existe', 'Cette alerte n’existe pas'),
  block: said('Esse bloqueio não existe', 'Ce blocage n’existe pas'),
  booking: said('Essa reserva não existe', 'Cette réservation n’existe pas'),
  channel: said('Esse canal não existe', 'Ce canal n’existe pas'),
  command: said('Esse comando não existe', 'Cette commande n’existe pas'),
  'dead letter': said('Essa mensagem morta não existe', 'Ce message rejeté n’existe pas'),
  delivery: said('Essa entrega não existe', 'Cette livraison n’existe pas'),
  'device class': said('Essa classe de dispositivo não existe', 'Cette classe d’appareils n’existe pas'),
  device: said('Esse dispositivo não existe', 'Cet appareil n’existe pas'),
  key: said('Essa chave não existe', 'Cette clé n’existe pas'),
  'maintenance window': said(
    'Essa janela de manutenção não existe',
    'Cette fenêtre de maintenance n’existe pas',
  ),
  organization: said('Essa organização não existe', 'Cette organisation n’existe pas'),
  'payment provider': said(
    'Esse provedor de pagamento não existe',
    'Ce prestataire de paiement n’existe pas',
  ),
  pod: said('Essa cabine não existe', 'Cette cabine n’existe pas'),
  'provisioning key': said(
    'Essa chave de provisionamento não existe',
    'Cette clé d’approvisionnement n’existe pas',
  ),
  purchase: said('Essa compra não existe', 'Cet achat n’existe pas'),
  replay: said('Esse reprocessamento não existe', 'Cette relecture n’existe pas'),
  role: said('Essa função não existe', 'Ce rôle n’existe pas'),
  schedule: said('Esse horário não existe', 'Cet horaire n’existe pas'),
  'service account': said('Essa conta de serviço não existe', 'Ce compte de service n’existe pas'),
  session: said('Essa sessão não existe', 'Cette session n’existe pas'),
  template: said('Esse modelo não existe', 'Ce modèle n’existe pas'),
  'unknown sender': said('Esse remetente desconhecido não existe', 'Cet expéditeur inconnu n’existe pas'),
  user: said('Esse usuário não existe', 'Cet utilisateur n’existe pas'),
}

/** The details of problems by what they are in English; `{}` is whatever stands there. What is not here stays English. */
export const problemSentences: Readonly<Record<string, Sentence>> = {
  ...Object.fromEntries(Object.entries(missing).map(([what, sentence]) => [`no such ${what}`, sentence])),

  // Who calls, and how often.
  'Sign in first.': said('Entre primeiro.', 'Connectez-vous d’abord.'),
  'credentials are needed': said('São necessárias credenciais', 'Il faut s’identifier'),
  'the credentials are wrong, expired or revoked': said(
    'As credenciais estão erradas, vencidas ou revogadas',
    'Les identifiants sont faux, expirés ou révoqués',
  ),
  'the request does not come from a page of this site': said(
    'A requisição não vem de uma página deste site',
    'La requête ne vient pas d’une page de ce site',
  ),
  'The request does not come from a page of this site.': said(
    'A requisição não vem de uma página deste site.',
    'La requête ne vient pas d’une page de ce site.',
  ),
  'the permission {} is needed': said('É necessária a permissão {}', 'Il faut la permission {}'),
  'that is more than you may do yourself': said(
    'Isso é mais do que você mesmo pode fazer',
    'C’est plus que ce que vous pouvez faire vous-même',
  ),
  'is more than you hold': said('é mais do que você tem', 'dépasse ce que vous avez'),
  'is for platform administrators': said(
    'é para administradores da plataforma',
    'est réservé aux administrateurs de la plateforme',
  ),
  'Too many attempts. Try again in {} s.': said(
    'Tentativas demais. Tente de novo em {} s.',
    'Trop de tentatives. Réessayez dans {} s.',
  ),
  'the organization has made as many calls as it may in a minute': said(
    'A organização já fez todas as chamadas que pode fazer em um minuto',
    'L’organisation a fait tous les appels permis en une minute',
  ),
  'the organization has the {} devices that it may have': said(
    'A organização já tem os {} dispositivos que pode ter',
    'L’organisation a déjà les {} appareils auxquels elle a droit',
  ),
  'name the organization: X-Organization: {id}': said(
    'indique a organização: X-Organization: {id}',
    'indiquez l’organisation : X-Organization: {id}',
  ),

  // Users and passwords.
  'A code of the second factor is needed.': said(
    'É necessário um código do segundo fator.',
    'Il faut un code du second facteur.',
  ),
  'a user with this e-mail exists': said(
    'Já existe um usuário com este e-mail',
    'Un utilisateur a déjà cette adresse e-mail',
  ),
  'this is the last administrator; make another one first': said(
    'Este é o último administrador; crie outro antes',
    'C’est le dernier administrateur ; nommez-en d’abord un autre',
  ),
  'the current password is another': said('A senha atual é outra', 'Le mot de passe actuel est un autre'),
  'is not valid, was used, or has expired': said(
    'não é válido, já foi usado ou venceu',
    'n’est pas valable, a été utilisé ou a expiré',
  ),
  'is not the code of this moment, or was used': said(
    'não é o código deste momento, ou já foi usado',
    'n’est pas le code du moment, ou a été utilisé',
  ),
  'there is no such role': said('essa função não existe', 'ce rôle n’existe pas'),
  'there is no such user': said('esse usuário não existe', 'cet utilisateur n’existe pas'),
  'is longer than {} characters': said('tem mais de {} caracteres', 'a plus de {} caractères'),
  'is shorter than {} characters': said('tem menos de {} caracteres', 'a moins de {} caractères'),
  'repeats too few characters': said('repete poucos caracteres', 'répète trop peu de caractères'),
  'is mostly made of words that are tried first': said(
    'é feita quase só de palavras que são tentadas primeiro',
    'se compose surtout de mots que l’on essaie en premier',
  ),

  // Devices and what they are told.
  'a device with this id exists': said('Já existe um dispositivo com este id', 'Un appareil a déjà cet id'),
  'a device with this address exists': said(
    'Já existe um dispositivo com este endereço',
    'Un appareil a déjà cette adresse',
  ),
  'a device with this serialNumber exists': said(
    'Já existe um dispositivo com este serialNumber',
    'Un appareil a déjà ce serialNumber',
  ),
  'a device with this {} exists': said('Já existe um dispositivo com este {}', 'Un appareil a déjà ce {}'),
  'a device class {} exists': said(
    'Já existe uma classe de dispositivo {}',
    'Il y a déjà une classe d’appareils {}',
  ),
  '{} devices are of this class': said(
    'Há dispositivos desta classe: {}',
    'Des appareils sont de cette classe : {}',
  ),
  'a shipped class cannot be changed; copy it under a key of its own': said(
    'Uma classe que vem com a plataforma não pode ser alterada; copie-a com uma chave própria',
    'Une classe livrée avec la plateforme ne se modifie pas ; copiez-la sous une clé à elle',
  ),
  'a shipped class cannot be removed': said(
    'Uma classe que vem com a plataforma não pode ser removida',
    'Une classe livrée avec la plateforme ne se supprime pas',
  ),
  'there is no such device': said('esse dispositivo não existe', 'cet appareil n’existe pas'),
  'there is no such device class': said(
    'essa classe de dispositivo não existe',
    'cette classe d’appareils n’existe pas',
  ),
  'the device was removed meanwhile': said(
    'O dispositivo foi removido nesse meio-tempo',
    'L’appareil a été supprimé entre-temps',
  ),
  'the command is over': said('O comando já terminou', 'La commande est terminée'),
  'the alert is resolved already': said('O alerta já foi encerrado', 'L’alerte est déjà résolue'),
  'is open at the same time as schedule {} of this device': said(
    'está aberto ao mesmo tempo que o horário {} deste dispositivo',
    'est ouvert en même temps que l’horaire {} de cet appareil',
  ),

  // Booking and money.
  'The pod is taken at that time.': said(
    'A cabine está ocupada nesse horário.',
    'La cabine est prise à ce moment-là.',
  ),
  'The pod is booked or blocked then.': said(
    'A cabine está reservada ou bloqueada nesse horário.',
    'La cabine est réservée ou bloquée à ce moment-là.',
  ),
  'There are too few credits for it.': said(
    'Não há créditos suficientes para isso.',
    'Il n’y a pas assez de crédits pour cela.',
  ),
  'There is nothing of it to give back.': said('Não há nada a devolver.', 'Il n’y a rien à rendre.'),
  'a code is shown to the owner of its booking only': said(
    'O código só é mostrado a quem fez a reserva',
    'Le code n’est montré qu’à qui a réservé',
  ),
  'members book for themselves': said(
    'Membros reservam para si mesmos',
    'Les membres réservent pour eux-mêmes',
  ),

  // What is asked for.
  'is needed': said('é necessário', 'est nécessaire'),
  'is wrong': said('está errado', 'est faux'),
  'is needed: 1 to 200 characters of your choice': said(
    'é necessário: de 1 a 200 caracteres à sua escolha',
    'est nécessaire : de 1 à 200 caractères de votre choix',
  ),
  'must be in the future': said('deve estar no futuro', 'doit être dans le futur'),
  'must be after from': said('deve ser depois de from', 'doit être après from'),
  'is not after query.from': said('não é depois de query.from', 'n’est pas après query.from'),
  'is not a parameter of this operation': said(
    'não é um parâmetro desta operação',
    'n’est pas un paramètre de cette opération',
  ),
  'is not a cursor of this list': said('não é um cursor desta lista', 'n’est pas un curseur de cette liste'),
  'was used for another request': said('já foi usada em outra requisição', 'a servi pour une autre requête'),
  'nothing has such a name': said('Nada tem esse nome', 'Rien ne porte ce nom'),
  'there is nothing at {}': said('Não há nada em {}', 'Il n’y a rien à {}'),
  'the body is larger than 1mb': said('O corpo é maior que 1 MB', 'Le corps dépasse 1 Mo'),
  'the body cannot be read': said('O corpo não pode ser lido', 'Le corps est illisible'),
  'more than {} bytes': said('mais de {} bytes', 'plus de {} octets'),

  // What is not the caller's fault.
  'something went wrong here; the log has it under the request id': said(
    'Algo deu errado aqui; está no log com o id da requisição',
    'Une erreur s’est produite ici ; le journal l’a sous l’id de la requête',
  ),
  'the store does not answer; try again': said(
    'O banco de dados não responde; tente de novo',
    'La base de données ne répond pas ; réessayez',
  ),
  'too much is being sent at a time': said(
    'Há envios demais ao mesmo tempo',
    'Trop de données sont envoyées à la fois',
  ),
  'the flows are being started': said('Os fluxos estão sendo iniciados', 'Les flux démarrent'),
}
