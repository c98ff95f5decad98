/** The raw payloads behind an order. */
import type { RawPayload } from '@/api/types';
import { PayloadCard } from '@/components/payload-card';
import { rawId } from './order-panel';

export function OrderRaw(props: { raw: readonly RawPayload[]; timeZone: string; opened: string | null }) {
  const { raw, timeZone, opened } = props;
  if (raw.length === 0)
    return <p className="text-[13px] text-soft">No payload: these rows were imported from a file.</p>;
  return (
    <div className="space-y-2">
      {raw.map((payload, index) => (
        <PayloadCard
          key={payload.raw_ref}
          id={rawId(payload.raw_ref)}
          payload={payload}
          timeZone={timeZone}
          startOpen={index === 0}
          asked={opened === payload.raw_ref}
        />
      ))}
    </div>
  );
}
