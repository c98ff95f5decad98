/** The window in which a person grants access at a platform, and the word that comes back from it. */

/** Pages of one server hear each other here, also where the platform cuts the tie between the windows. */
const CHANNEL = 'netgain-sign-in';

export interface SignedInWord {
  workspace: string;
  connection: string;
}

/** Says that a sign-in is done, to whichever page waits for it. */
export function announce(word: SignedInWord): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(word);
  channel.close();
}

/** Says it to the page that opened this window, if that is one of this server's own. */
export function tellOpener(word: SignedInWord): void {
  const opener = window.opener as Window | null;
  opener?.postMessage({ source: 'netgain', kind: 'signed_in', ...word }, window.location.origin);
}

/** Opens an empty window at once, while the click still allows it. */
export function openWindow(): Window | null {
  const width = 640;
  const height = 760;
  const left = Math.max(0, window.screenX + (window.outerWidth - width) / 2);
  const top = Math.max(0, window.screenY + (window.outerHeight - height) / 2);
  const opened = window.open('', '_blank', `popup,width=${width},height=${height},left=${left},top=${top}`);
  // The platform's page has no business with ours.
  if (opened) opened.opener = null;
  return opened;
}

/** Calls back for each sign-in of this workspace that ends well; the result stops it. */
export function onSignedIn(workspace: string, heard: (word: SignedInWord) => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = (event: MessageEvent<unknown>) => {
    const word = event.data as Partial<SignedInWord> | null;
    if (word?.workspace === workspace && typeof word.connection === 'string')
      heard({ workspace, connection: word.connection });
  };
  return () => channel.close();
}
