/** What actions and actors of the audit are called. */

/** The groups of actions that one can look at alone, by how their names begin. */
export const GROUPS = [
  { value: '', label: 'All' },
  { value: 'session.', label: 'Sign-ins' },
  { value: 'connection.', label: 'Connections' },
  { value: 'sync.', label: 'Syncs' },
  { value: 'settings.', label: 'Settings' },
  { value: 'costs.', label: 'Costs' },
  { value: 'kpi.', label: 'KPIs' },
  { value: 'data.', label: 'Data read' },
  { value: 'privacy.', label: 'Privacy' },
] as const;

const KINDS: Record<string, string> = {
  person: 'Person',
  key: 'API key',
  terminal: 'Terminal',
  system: 'Netgain itself',
  open: 'Anybody (no sign-in)',
};

/** `sync.started` in words: `Sync started`. */
export function actionName(action: string): string {
  const words = action.replaceAll(/[._]/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function actorName(kind: string, id: string): string {
  if (kind === 'open') return KINDS.open ?? id;
  // whoever sits at the terminal has no name of his own
  if (id === '' || id === kind) return KINDS[kind] ?? kind;
  return `${KINDS[kind] ?? kind}: ${id}`;
}

/** What stands beside an action, without what every one has. */
export function detailsText(details: unknown): string {
  if (typeof details !== 'object' || details === null) return '';
  return Object.entries(details)
    .filter(([key, value]) => !(key === 'status' && typeof value === 'number' && value < 300))
    .filter(([key, value]) => !(key === 'done' && value === true))
    .map(
      ([key, value]) =>
        `${key.replaceAll('_', ' ')}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join(' · ');
}
