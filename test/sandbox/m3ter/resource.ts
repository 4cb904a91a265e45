import type { z } from 'zod';

import { HttpError, type Router, type SandboxRequest } from '../kit/http';
import { audit, badRequest, find, nextVersion, nowIso, type Context } from './context';
import { emit } from './events';
import { listParam, ok, page, parseBody } from './requests';
import type { Audit, M3terState } from './state';

/** Every path below one organization. */
export const ORG = '/organizations/:orgId';

/** One kind of configuration entity with the usual five endpoints. */
export interface Resource<T extends Audit, Schema extends z.ZodTypeAny> {
	/** `/accounts` */
	path: string;
	map(state: M3terState): Map<string, T>;
	schema: Schema;
	maxPageSize: 100 | 200;
	/** `configuration.account`: events `.created`, `.updated` and `.deleted` are emitted. */
	event?: string;
	/** This list does not know the parameter `ids`, and ignores it. */
	withoutIds?: true;
	/** Query parameters that narrow the list, beside `ids`. */
	filters?: Record<string, (entity: T, values: string[]) => boolean>;
	/** The list's own rules, where filters do not say it all; in order of creation. */
	list?(context: Context, query: URLSearchParams): T[];
	/** Checks against other entities and adds fields of its own; `previous` on update. */
	build?(body: z.infer<Schema>, context: Context, previous?: T): Partial<T>;
	/** Throws when something still hangs on the entity. */
	beforeDelete?(entity: T, context: Context): void;
	/** What the answer shows of the stored entity. */
	show?(entity: T): unknown;
}

/** `version` must be absent on create and equal the stored one on update. */
export function checkVersion(context: Context, sent: number | undefined, stored?: Audit): void {
	if (!stored) {
		if (sent !== undefined) throw badRequest('version must not be set on create');
		return;
	}
	if (sent === undefined) throw badRequest('version is required on update');
	if (sent !== stored.version) {
		const message = `Version ${sent} is not the current version ${stored.version}`;
		throw new HttpError(context.settings.versionConflictStatus, { message });
	}
}

/** Stores a new entity and emits its event. */
export function create<T extends Audit, S extends z.ZodTypeAny>(context: Context, resource: Resource<T, S>, body: z.infer<S>): T {
	const { version, ...fields } = body as { version?: number };
	checkVersion(context, version);
	const entity = { ...fields, ...resource.build?.(body, context), ...audit(nowIso(context)) } as unknown as T;
	resource.map(context.state).set(entity.id, entity);
	if (resource.event) emit(context, `${resource.event}.created`, { newDto: shown(resource, entity) });
	return entity;
}

/** Replaces the entity as a whole: what the body leaves out is cleared. */
export function replace<T extends Audit, S extends z.ZodTypeAny>(context: Context, resource: Resource<T, S>, id: string, body: z.infer<S>): T {
	const previous = find(resource.map(context.state), id);
	const { version, ...fields } = body as { version?: number };
	checkVersion(context, version, previous);
	const entity = { ...fields, ...resource.build?.(body, context, previous), ...nextVersion(context, previous) } as unknown as T;
	return store(context, resource, entity, previous);
}

/** Puts a changed entity in place of `previous` and emits the update. */
export function store<T extends Audit, S extends z.ZodTypeAny>(context: Context, resource: Resource<T, S>, entity: T, previous: T): T {
	resource.map(context.state).set(entity.id, entity);
	if (resource.event) {
		emit(context, `${resource.event}.updated`, { newDto: shown(resource, entity), oldDto: shown(resource, previous) });
	}
	return entity;
}

function remove<T extends Audit, S extends z.ZodTypeAny>(context: Context, resource: Resource<T, S>, id: string): T {
	const map = resource.map(context.state);
	const entity = find(map, id);
	resource.beforeDelete?.(entity, context);
	map.delete(id);
	if (resource.event) emit(context, `${resource.event}.deleted`, { oldDto: shown(resource, entity) });
	return entity;
}

function shown<T extends Audit, S extends z.ZodTypeAny>(resource: Resource<T, S>, entity: T): unknown {
	return resource.show ? resource.show(entity) : entity;
}

const byIds = { ids: (entity: Audit, values: string[]) => values.includes(entity.id) };

/** The entities a list request asks for, in order of creation. */
export function filtered<T extends Audit>(map: Map<string, T>, filters: Resource<T, z.ZodTypeAny>['filters'], request: SandboxRequest): T[] {
	const tests = Object.entries(filters ?? {})
		.map(([name, test]) => ({ values: listParam(request.query, name), test }))
		.filter(({ values }) => values.length > 0);
	return [...map.values()].filter((entity) => tests.every(({ test, values }) => test(entity, values)));
}

/** Registers list, create, get, update and delete. */
export function serveResource<T extends Audit, S extends z.ZodTypeAny>(router: Router, context: Context, resource: Resource<T, S>): void {
	const show = (entity: T) => shown(resource, entity);
	const path = ORG + resource.path;
	router
		.on('GET', path, (request) => {
			const filters = { ...(!resource.withoutIds && byIds), ...resource.filters };
			const items = resource.list?.(context, request.query) ?? filtered(resource.map(context.state), filters, request);
			return page(items, request.query, resource.maxPageSize, show);
		})
		.on('POST', path, (request) => ok(show(create(context, resource, parseBody(resource.schema, request)))))
		.on('GET', `${path}/:id`, ({ params }) => ok(show(find(resource.map(context.state), params.id))))
		.on('PUT', `${path}/:id`, (request) => {
			const body: z.infer<S> = parseBody(resource.schema, request);
			return ok(show(replace(context, resource, request.params.id, body)));
		})
		.on('DELETE', `${path}/:id`, ({ params }) => ok(show(remove(context, resource, params.id))));
}

/** Refuses a `code` that another entity of the kind has. */
export function uniqueCode<T extends Audit & { code?: string }>(map: Map<string, T>, code: string | undefined, previous?: T): void {
	if (code === undefined) return;
	for (const entity of map.values()) {
		if (entity.code === code && entity.id !== previous?.id) throw badRequest(`Code '${code}' is already in use`);
	}
}
