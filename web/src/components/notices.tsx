/** What a reader of figures must know: the first few at once, the rest on request. */
import { InfoIcon } from './icons';

const AT_ONCE = 2;

interface Notice {
  code: string;
  message: string;
}

export function Notices({ notices }: { notices: readonly Notice[] }) {
  if (notices.length === 0) return null;
  const rest = notices.slice(AT_ONCE);
  return (
    <div className="space-y-1.5 text-[13px] text-soft">
      {notices.slice(0, AT_ONCE).map((notice) => (
        <Line key={notice.code + notice.message} message={notice.message} />
      ))}
      {rest.length > 0 && (
        <details>
          <summary className="w-fit rounded font-medium text-ink">
            {rest.length} more {rest.length === 1 ? 'remark' : 'remarks'}
          </summary>
          <div className="mt-1.5 space-y-1.5">
            {rest.map((notice) => (
              <Line key={notice.code + notice.message} message={notice.message} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

function Line({ message }: { message: string }) {
  return (
    <p className="flex gap-2">
      <InfoIcon className="mt-px shrink-0" />
      <span className="min-w-0 break-words">{message.charAt(0).toUpperCase() + message.slice(1)}.</span>
    </p>
  );
}
