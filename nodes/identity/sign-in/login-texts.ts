import type { ByLanguage, Language } from '../../platform/kit/language.ts'

/** What the pages say to whoever is not in yet. */
export interface LoginTexts {
  readonly title: string
  readonly heading: string
  /** Before the title when something went wrong, so that it is read first. */
  readonly error: string
  readonly email: string
  readonly password: string
  readonly code: string
  readonly signIn: string
  readonly singleSignOn: string
  readonly signedInAs: (who: string) => string
  readonly goOn: string
  readonly orAsOther: string
  readonly throttled: (wait: string) => string
  readonly refused: string
  readonly codeNeeded: string
  readonly codeRefused: string
  readonly foreign: string
  readonly unreadable: string
  readonly ssoUnknown: string
  readonly ssoFailed: string
  readonly ssoAway: string
  readonly invitation: InvitationTexts
}

export interface InvitationTexts {
  readonly title: string
  readonly resetTitle: string
  readonly token: string
  readonly name: string
  readonly nameHint: string
  readonly password: string
  readonly passwordHint: string
  readonly accept: string
  readonly reset: string
  readonly needsScript: string
  /** When no problem document says what is wrong. */
  readonly failed: string
}

export const loginTexts: ByLanguage<LoginTexts> = {
  'en-US': {
    title: 'Sign in',
    heading: 'Sign in to Fleetloom',
    error: 'Error',
    email: 'E-mail',
    password: 'Password',
    code: 'Code',
    signIn: 'Sign in',
    singleSignOn: 'Sign in with your organization’s account',
    signedInAs: (who) => `You are signed in as ${who}.`,
    goOn: 'Continue',
    orAsOther: ', or sign in as somebody else:',
    throttled: (wait) => `Too many attempts. Please try again in ${wait}.`,
    refused: 'E-mail or password is wrong.',
    codeNeeded:
      'This account asks for a code as well. Please enter the password again, with the code of your app.',
    codeRefused: 'E-mail, password or code is wrong.',
    foreign: 'The form was not sent from this page. Please sign in here.',
    unreadable: 'The form could not be read. Please try again.',
    ssoUnknown: 'Nobody here is known by this account. Ask an administrator to invite your e-mail address.',
    ssoFailed: 'The identity provider did not confirm who you are. Please try again.',
    ssoAway: 'The identity provider cannot be reached at the moment. Please try again later.',
    invitation: {
      title: 'Welcome to Fleetloom',
      resetTitle: 'Choose a new password',
      token: 'Invitation',
      name: 'Name',
      nameHint: 'Leave it empty to keep the one in your invitation',
      password: 'Choose a password',
      passwordHint: 'At least 12 characters; a sentence is good.',
      accept: 'Accept and sign in',
      reset: 'Save and sign in',
      needsScript: 'This page needs JavaScript.',
      failed: 'The platform does not answer. Please try again.',
    },
  },
  'pt-BR': {
    title: 'Entrar',
    heading: 'Entrar no Fleetloom',
    error: 'Erro',
    email: 'E-mail',
    password: 'Senha',
    code: 'Código',
    signIn: 'Entrar',
    singleSignOn: 'Entrar com a conta da sua organização',
    signedInAs: (who) => `Você entrou como ${who}.`,
    goOn: 'Continuar',
    orAsOther: ', ou entre como outra pessoa:',
    throttled: (wait) => `Tentativas demais. Tente de novo em ${wait}.`,
    refused: 'E-mail ou senha incorretos.',
    codeNeeded: 'Esta conta também pede um código. Digite a senha de novo, com o código do seu aplicativo.',
    codeRefused: 'E-mail, senha ou código incorretos.',
    foreign: 'O formulário não foi enviado desta página. Entre por aqui.',
    unreadable: 'O formulário não pôde ser lido. Tente de novo.',
    ssoUnknown: 'Ninguém aqui é conhecido por esta conta. Peça a um administrador que convide seu e-mail.',
    ssoFailed: 'O provedor de identidade não confirmou quem você é. Tente de novo.',
    ssoAway: 'O provedor de identidade não responde no momento. Tente mais tarde.',
    invitation: {
      title: 'Boas-vindas ao Fleetloom',
      resetTitle: 'Escolha uma nova senha',
      token: 'Convite',
      name: 'Nome',
      nameHint: 'Deixe vazio para manter o do convite',
      password: 'Escolha uma senha',
      passwordHint: 'Pelo menos 12 caracteres; uma frase é uma boa escolha.',
      accept: 'Aceitar e entrar',
      reset: 'Salvar e entrar',
      needsScript: 'Esta página precisa de JavaScript.',
      failed: 'A plataforma não responde. Tente de novo.',
    },
  },
  fr: {
    title: 'Connexion',
    heading: 'Se connecter à Fleetloom',
    error: 'Erreur',
    email: 'E-mail',
    password: 'Mot de passe',
    code: 'Code',
    signIn: 'Se connecter',
    singleSignOn: 'Se connecter avec le compte de votre organisation',
    signedInAs: (who) => `Vous êtes connecté en tant que ${who}.`,
    goOn: 'Continuer',
    orAsOther: ', ou connectez-vous sous un autre nom :',
    throttled: (wait) => `Trop de tentatives. Réessayez dans ${wait}.`,
    refused: 'L’e-mail ou le mot de passe est faux.',
    codeNeeded:
      'Ce compte demande aussi un code. Saisissez à nouveau le mot de passe, avec le code de votre application.',
    codeRefused: 'L’e-mail, le mot de passe ou le code est faux.',
    foreign: 'Le formulaire n’a pas été envoyé depuis cette page. Connectez-vous ici.',
    unreadable: 'Le formulaire n’a pas pu être lu. Réessayez.',
    ssoUnknown:
      'Personne n’est connu ici sous ce compte. Demandez à un administrateur d’inviter votre adresse e-mail.',
    ssoFailed: 'Le fournisseur d’identité n’a pas confirmé qui vous êtes. Réessayez.',
    ssoAway: 'Le fournisseur d’identité est injoignable pour le moment. Réessayez plus tard.',
    invitation: {
      title: 'Bienvenue sur Fleetloom',
      resetTitle: 'Choisissez un nouveau mot de passe',
      token: 'Invitation',
      name: 'Nom',
      nameHint: 'Laissez vide pour garder celui de l’invitation',
      password: 'Choisissez un mot de passe',
      passwordHint: 'Au moins 12 caractères ; une phrase convient bien.',
      accept: 'Accepter et se connecter',
      reset: 'Enregistrer et se connecter',
      needsScript: 'Cette page a besoin de JavaScript.',
      failed: 'La plateforme ne répond pas. Réessayez.',
    },
  },
}

/** Seconds as one says them while waiting: from a minute and a half on in minutes. */
export function waitIn(language: Language, seconds: number): string {
  const [value, unit] = seconds < 90 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute']
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}
