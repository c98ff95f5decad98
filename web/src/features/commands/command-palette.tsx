/** Everything the page can do, by name: ranges, sections, syncs, colours, orders. */
import * as Dialog from '@radix-ui/react-dialog';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { useState } from 'react';
import { connectionsQuery, useStartSync, workspacesQuery } from '@/api/queries';
import type { Workspace } from '@/api/types';
import { SearchIcon } from '@/components/icons';
import { Key } from '@/components/ui';
import { chooseTheme, useTheme } from '@/layout/theme';
import { formatRange, presets } from '@/lib/dates';
import type { DashboardSearch } from '@/lib/search';
import { anchorDay } from '@/lib/view';
import { PAGES } from '@/routes/pages';

const GROUP =
  '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-soft';
const ITEM =
  'flex items-center gap-3 rounded-lg px-2.5 py-2 text-[13px] select-none data-[selected=true]:bg-brand-soft data-[selected=true]:text-brand';

/** Every typed word occurs; guesses by scattered letters would bury the orders that are searched for. */
function everyWord(value: string, typed: string): number {
  const name = value.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => name.includes(word))
    ? 1
    : 0;
}

export default function CommandPalette({
  workspace,
  onClose,
}: {
  workspace: Workspace;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const theme = useTheme();
  const sync = useStartSync(workspace.id);
  const connections = useQuery(connectionsQuery(workspace.id)).data?.connections ?? [];
  const { data } = useSuspenseQuery(workspacesQuery());
  const [text, setText] = useState('');

  const go = (
    change: DashboardSearch,
    hash?: string,
    to: (typeof PAGES)[number]['to'] = '/w/$workspace/dashboard',
  ) => {
    onClose();
    void navigate({
      to,
      params: { workspace: workspace.id },
      search: (now: DashboardSearch) => ({ ...now, ...change }),
      ...(hash ? { hash } : { resetScroll: false }),
    });
  };
  const run = (action: () => void) => () => {
    onClose();
    action();
  };
  const wanted = text.trim();

  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-[fade-in_.1s] bg-black/45" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-60 w-[min(36rem,calc(100vw-1.5rem))] -translate-x-1/2 rounded-2xl border border-line bg-surface shadow-pop outline-none"
        >
          <Dialog.Title className="sr-only">Search and commands</Dialog.Title>
          <Command label="Commands" loop filter={everyWord}>
            <div className="flex items-center gap-3 border-b border-line px-4">
              <SearchIcon className="text-soft" />
              <Command.Input
                value={text}
                onValueChange={setText}
                placeholder="Type a command, an order or a customer"
                className="h-12 min-w-0 flex-1 bg-transparent text-[15px] outline-none placeholder:text-soft"
              />
              <Key>Esc</Key>
            </div>
            <Command.List className="max-h-[min(24rem,60vh)] overflow-y-auto p-1.5">
              <Command.Group heading="Date range" className={GROUP}>
                {presets(anchorDay(workspace), workspace.first_day ?? null).map((preset) => (
                  <Command.Item
                    key={preset.key}
                    value={preset.label}
                    className={ITEM}
                    onSelect={() => go({ from: preset.from, to: preset.to })}
                  >
                    {preset.label}
                    <span className="numeric ml-auto text-xs text-soft">{formatRange(preset)}</span>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Go to" className={GROUP}>
                {PAGES.map((page) => (
                  <Command.Item
                    key={page.to}
                    value={`page ${page.label}`}
                    className={ITEM}
                    onSelect={() => go({}, undefined, page.to)}
                  >
                    {page.label}
                  </Command.Item>
                ))}
                {PAGES.flatMap((page) =>
                  page.sections.map((section) => (
                    <Command.Item
                      key={section.hash}
                      className={ITEM}
                      onSelect={() => go({}, section.hash, page.to)}
                    >
                      {page.label}: {section.label}
                    </Command.Item>
                  )),
                )}
                {data.workspaces
                  .filter((other) => other.id !== workspace.id)
                  .map((other) => (
                    <Command.Item
                      key={other.id}
                      value={`workspace ${other.name} ${other.id}`}
                      className={ITEM}
                      onSelect={run(
                        () =>
                          void navigate({ to: '/w/$workspace/dashboard', params: { workspace: other.id } }),
                      )}
                    >
                      Workspace: {other.name}
                    </Command.Item>
                  ))}
              </Command.Group>
              <Command.Group heading="Do" className={GROUP}>
                {connections.map((connection) => (
                  <Command.Item
                    key={connection.id}
                    value={`sync ${connection.name} ${connection.id}`}
                    className={ITEM}
                    onSelect={run(() => sync.mutate(connection.id))}
                  >
                    Sync {connection.name} now
                  </Command.Item>
                ))}
                <Command.Item
                  className={ITEM}
                  onSelect={run(() => chooseTheme(theme === 'dark' ? 'light' : 'dark'))}
                >
                  Switch to {theme === 'dark' ? 'light' : 'dark'} colours
                </Command.Item>
              </Command.Group>
              {wanted !== '' && (
                <Command.Group heading="Orders" forceMount className={GROUP}>
                  <Command.Item
                    forceMount
                    value={`search orders ${wanted}`}
                    className={ITEM}
                    onSelect={() => go({ q: wanted }, 'orders')}
                  >
                    Search orders for “{wanted}”
                  </Command.Item>
                </Command.Group>
              )}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
