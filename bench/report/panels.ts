/** What is drawn together, in the order in which the panels appear. */

export function byPanel<Item extends { readonly panel?: string }>(
  items: readonly Item[],
): readonly (readonly [title: string | undefined, items: readonly Item[]])[] {
  const panels = new Map<string | undefined, Item[]>();
  for (const item of items) panels.set(item.panel, [...(panels.get(item.panel) ?? []), item]);
  return [...panels];
}
