// What everything that exists in the local cloud has in common.

/** Who made something: the app, somebody else, or the platform on behalf of a workspace. */
export type Maker = 'ours' | 'bystander' | 'managed';
export type Tags = Readonly<Record<string, string>>;

/** One line of the inventory: something that exists, in whatever scope. */
export type InventoryItem = { type: string; id: string; tags: Tags; origin: Maker };
