import type { ComponentChildren, VNode } from 'preact';
import type { DeadRow } from '../../dead/dead-api.js';
import { useNow } from '../feed/use-daemon.js';
import { count, duration, NONE } from '../format.js';
import { type Column, DataTable } from '../parts/data-table.js';

interface DeadTableProps {
  readonly rows: readonly DeadRow[];
  /** Positions: several messages may have the same content. */
  readonly selected: ReadonlySet<number>;
  readonly onSelect: (selected: ReadonlySet<number>) => void;
  readonly onOpen: (row: DeadRow) => void;
  readonly tools: ComponentChildren;
}

interface Positioned {
  readonly row: DeadRow;
  readonly index: number;
}

/** The messages, oldest first. */
export function DeadTable({ rows, selected, onSelect, onOpen, tools }: DeadTableProps): VNode {
  const now = useNow();
  const areAllSelected = rows.length > 0 && selected.size === rows.length;
  const toggle = (index: number): void => {
    const next = new Set(selected);
    if (!next.delete(index)) next.add(index);
    onSelect(next);
  };
  return (
    <DataTable
      label="Dead messages"
      columns={columnsFor({ now, selected, toggle, onOpen })}
      rows={rows.map((row, index) => ({ row, index }))}
      keyOf={({ index }) => index}
      empty="No matching messages."
      isSnapshot
      tools={
        <>
          <label class="dead-all">
            <input
              type="checkbox"
              checked={areAllSelected}
              disabled={rows.length === 0}
              onChange={() => onSelect(new Set(areAllSelected ? [] : rows.keys()))}
            />
            Select all {count(rows.length)} shown
          </label>
          {tools}
        </>
      }
    />
  );
}

interface ColumnsOptions extends Pick<DeadTableProps, 'selected' | 'onOpen'> {
  readonly now: number;
  readonly toggle: (index: number) => void;
}

function columnsFor({ now, selected, toggle, onOpen }: ColumnsOptions): readonly Column<Positioned>[] {
  return [
    {
      title: 'Message',
      kind: 'name',
      order: ({ row }) => row.id,
      cell: ({ row, index }) => (
        <span class="dead-name">
          <input
            type="checkbox"
            aria-label={`Select ${row.id}`}
            checked={selected.has(index)}
            onChange={() => toggle(index)}
          />
          <button
            type="button"
            class="quiet clip"
            title={row.id}
            aria-label={`Show ${row.id}`}
            onClick={() => onOpen(row)}
          >
            {row.id}
          </button>
        </span>
      ),
    },
    {
      title: 'Died (ago)',
      order: ({ row }) => diedAtMs(row),
      cell: ({ row }) => (row.diedAt === null ? NONE : <Age diedAt={row.diedAt} now={now} />),
    },
    {
      title: 'Queue',
      order: ({ row }) => row.queue ?? '',
      cell: ({ row }) => (
        <>
          <Text text={row.queue} />
          <span class="clip soft" title={row.consumer ?? ''}>
            {row.consumer ?? ''}
          </span>
        </>
      ),
    },
    {
      title: 'Error',
      order: ({ row }) => row.error ?? row.reason ?? '',
      cell: ({ row }) => (
        <>
          <Text text={row.error ?? row.reason} />
          <span class="clip soft" title={row.cause ?? ''}>
            {row.cause ?? ''}
          </span>
        </>
      ),
    },
    {
      title: 'Attempts',
      isNumber: true,
      order: ({ row }) => row.attempts ?? 0,
      cell: ({ row }) => (row.attempts === null ? NONE : count(row.attempts)),
    },
    { title: 'Bytes', isNumber: true, order: ({ row }) => row.bytes, cell: ({ row }) => count(row.bytes) },
    { title: 'Body', cell: ({ row }) => <code class="clip soft">{row.preview}</code> },
  ];
}

function Text({ text }: { readonly text: string | null }): VNode {
  return (
    <span class="clip" title={text ?? ''}>
      {text ?? NONE}
    </span>
  );
}

/** Any publisher may have written this header, so it may not be a time. */
function Age({ diedAt, now }: { readonly diedAt: string; readonly now: number }): VNode {
  const at = Date.parse(diedAt);
  if (Number.isNaN(at)) return <span>{NONE}</span>;
  return (
    <time dateTime={diedAt} title={diedAt}>
      {duration(Math.max(0, now - at))}
    </time>
  );
}

function diedAtMs({ diedAt }: DeadRow): number {
  const at = Date.parse(diedAt ?? '');
  return Number.isNaN(at) ? Number.MAX_SAFE_INTEGER : at;
}
