import type { IDataObject, ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import { z } from 'zod';

import { settled, toFailure } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import { m3terApi, type M3terApi } from '../api';
import { readBills } from '../bills';
import { eventSchema, subjectOf, type M3terEvent } from '../webhookBody';
import { codeOf } from '../webhookParts';
import { eventKey } from '../webhookKeys';
import type { Emission, Notice } from '../webhookReceive';

const typesSchema = z.object({ events: z.array(z.string()) });

/** The organization's event types, its own scheduled events included. */
export async function loadEventTypes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const { events } = typesSchema.parse(await (await m3terApi(this)).get('/events/types'));
	return [...events].sort().map((name) => ({ name, value: name }));
}

/** Where the entity of an event is read again, by the middle part of the event's name. Others are emitted as the event recorded them. */
const ENTITY_PATHS: Record<string, string> = {
	account: '/accounts',
	accountplan: '/accountplans',
	aggregation: '/aggregations',
	balance: '/balances',
	billjob: '/billjobs',
	commitment: '/commitments',
	compoundaggregation: '/compoundaggregations',
	contract: '/contracts',
	counter: '/counters',
	creditreason: '/picklists/creditreasons',
	meter: '/meters',
	plan: '/plans',
	plangroup: '/plangroups',
	plangrouplink: '/plangrouplinks',
	plantemplate: '/plantemplates',
	pricing: '/pricings',
	product: '/products',
	statementjob: '/statementjobs',
};

/** How many of a rule's latest events are searched for one that the request only described by its entity: a bulk change makes many at once. */
const SEARCHED = { pages: 10, perPage: 100 };

/** The event as m3ter recorded it, with the entity as it is now. A text when the request leads to no event. */
export async function readEventItem({ api, hints, event: known }: Notice, url: string, eventNames: readonly string[]): Promise<Emission | string> {
	const event = known ?? (await findByEntity(api, hints.entityIds, url, eventNames));
	if (event === undefined) return 'm3ter knows no event for it';
	const { id, after, before } = subjectOf(event);
	const json = {
		id: event.id,
		eventName: event.eventName,
		eventTime: event.eventTime ?? null,
		entityId: id ?? null,
		entity: id === undefined ? null : await readEntity(api, event.eventName, id),
		after: after ?? null,
		before: before ?? null,
	};
	return { json: json as IDataObject, keys: [eventKey(event.id)] };
}

/** The latest event of one of the entities. Walks the lists of all rules side by side, as the event is most likely among the newest of one. */
async function findByEntity(api: M3terApi, entityIds: readonly string[], url: string, eventNames: readonly string[]): Promise<M3terEvent | undefined> {
	let lists: Array<{ notificationCode: string; nextToken?: string }> = eventNames.map((eventName) => ({ notificationCode: codeOf(url, eventName) }));
	for (let page = 0; page < SEARCHED.pages; page++) {
		const more: typeof lists = [];
		for (const list of lists) {
			const { data, nextToken } = await api.page('/events', { ...list, pageSize: SEARCHED.perPage });
			const found = data.map((row) => eventSchema.parse(row)).find((event) => entityIds.includes(subjectOf(event).id ?? ''));
			if (found !== undefined) return found;
			if (nextToken !== undefined) more.push({ ...list, nextToken });
		}
		lists = more;
	}
	return undefined;
}

/** The entity as it is now; null when it is gone or cannot be read by itself. */
async function readEntity(api: M3terApi, eventName: string, id: string): Promise<unknown> {
	const [, entity] = eventName.split('.');
	if (entity === 'bill') return (await readBills(api, [id])).get(id) ?? null;
	if (!Object.hasOwn(ENTITY_PATHS, entity)) return null;
	const outcome = await settled(async () => (await api.find(`${ENTITY_PATHS[entity]}/${encodeURIComponent(id)}`)) ?? null);
	if (!(outcome instanceof Failure)) return outcome;
	// The service user may not read this kind of entity; the event itself is still worth having.
	if (outcome.kind === 'permission' || outcome.kind === 'refused') return null;
	throw toFailure(outcome);
}
