import type { ComponentChildren, VNode } from 'preact';

export type Tone = 'good' | 'calm' | 'warn' | 'bad';

/** A state in a word; its colour repeats the word, and says nothing alone. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }): VNode {
  return <span class={`badge ${tone}`}>{children}</span>;
}
