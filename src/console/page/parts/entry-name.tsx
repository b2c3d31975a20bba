import type { VNode } from 'preact';

/** The name of an entry above that of its queue; both are cut where they do not fit. */
export function EntryName({ name, queue, isRowName = false }: EntryNameProps): VNode {
  return (
    <>
      <span class={isRowName ? 'clip strong' : 'clip'} title={name}>
        {name}
      </span>
      <span class="clip soft" title={queue}>
        {queue}
      </span>
    </>
  );
}

interface EntryNameProps {
  readonly name: string;
  readonly queue: string;
  /** The row is about the entry. */
  readonly isRowName?: boolean;
}
