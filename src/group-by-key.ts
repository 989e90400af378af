/** The items by a key of theirs, in the order that they come (`Map.groupBy` of Node 21). */
export function groupByKey<Item, Key = string>(
  items: Iterable<Item>,
  keyOf: (item: Item) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** Does some work once for all items with one key, and returns what it found of each in the order of the items. */
export async function eachGroup<Item, Result>(
  items: readonly Item[],
  keyOf: (item: Item) => unknown,
  work: (group: readonly Item[], first: Item) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results = new Map<Item, Result>();
  for (const group of groupByKey(items, keyOf).values()) {
    const found = await work(group, group[0] as Item);
    group.forEach((item, index) => {
      results.set(item, found[index] as Result);
    });
  }
  return items.map((item) => results.get(item) as Result);
}
