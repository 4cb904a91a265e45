import type { IDataObject } from 'n8n-workflow';

const REMEMBERED = 1_000;

const versionsIn = (staticData: IDataObject): Record<string, number> => (staticData.versions ?? {}) as Record<string, number>;

/**
 * Whether the state of a resource at `version` was passed on already, this one or a later one. Chargebee delivers out of
 * order, and the state is read afresh for each event: an event that is not newer than what was read has nothing to add.
 */
export function isCovered(staticData: IDataObject, resource: string, version: number | undefined): boolean {
	return version !== undefined && version <= (versionsIn(staticData)[resource] ?? 0);
}

/** Remembers the version of the state that was passed on. Kept in the node's static data, for the resources that changed last. */
export function cover(staticData: IDataObject, resource: string, version: number): void {
	const others = Object.entries(versionsIn(staticData)).filter(([name]) => name !== resource);
	staticData.versions = Object.fromEntries([...others, [resource, version]].slice(-REMEMBERED));
}
