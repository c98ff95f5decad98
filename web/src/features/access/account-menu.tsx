/** Who is signed in, at the top of every page; or that everybody may everything. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { PeopleIcon } from '@/components/icons';
import { Badge, Tip } from '@/components/ui';
import { sessionQuery } from './access-queries';

export default function AccountMenu() {
  const { data } = useQuery(sessionQuery());
  if (!data) return null;
  if (data.open)
    return (
      <Tip text="Nobody signs in here: everybody who reaches this server may do everything. For a demo only.">
        <span tabIndex={0}>
          <Badge tone="warn">open</Badge>
        </span>
      </Tip>
    );
  return (
    <Link
      to="/account"
      aria-label={`Account of ${data.person?.name ?? 'nobody'}`}
      className="flex h-9 items-center gap-2 rounded-lg px-2 text-[13px] font-medium text-soft hover:bg-sunken hover:text-ink"
    >
      <PeopleIcon />
      <span className="hidden max-w-32 truncate md:inline">{data.person?.name}</span>
    </Link>
  );
}
