/** The workspace one looks at, and the way to another. */
import { useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { workspacesQuery } from '@/api/queries';
import type { Workspace } from '@/api/types';
import { ChevronDownIcon } from '@/components/icons';
import { ChoiceMenu } from '@/components/menu';
import { Button } from '@/components/ui';

export function WorkspaceMenu({ workspace }: { workspace: Workspace }) {
  const { data } = useSuspenseQuery(workspacesQuery());
  const navigate = useNavigate();
  if (data.workspaces.length < 2) {
    return <p className="truncate text-[15px] font-semibold tracking-tight">{workspace.name}</p>;
  }
  return (
    <ChoiceMenu
      label="Workspace"
      value={workspace.id}
      onChoose={(id) => void navigate({ to: '/w/$workspace/dashboard', params: { workspace: id } })}
      choices={data.workspaces.map((one) => ({
        value: one.id,
        label: one.name,
        detail: one.state === 'locked' ? 'in use by another program' : `${one.currency} · ${one.time_zone}`,
      }))}
      trigger={
        <Button
          look="ghost"
          className="min-w-0 shrink px-2 text-[15px] font-semibold tracking-tight text-ink"
        >
          <span className="truncate">{workspace.name}</span> <ChevronDownIcon />
        </Button>
      }
    />
  );
}
