 
import { randomUUID } from 'node:crypto';

import { HttpError } from '../kit/http';
import type { Background } from '../kit/webhooks';
import type { Audit, M3terState } from './state';

export const ORGANIZATION_ID = '5f0d8c1e-6b2a-4c3d-9e4f-a1b2c3d4e5f6';
export const ACCESS_KEY_ID = 'sandbox-key';
export const API_SECRET = 'sandbox-secret';
/** The service user behind the access key. */
export const SERVICE_USER_ID = '0c9b8a7d-1111-4222-8333-9a8b7c6d5e4f';

export interface Limit {
	requests: number;
	perMs: number;
}

/** The limits of the real service: per source address and per organization. */
export const REAL_LIMITS: { config: Limit[]; ingest: Limit[] } = {
	config: [{ requests: 20_000, perMs: 300_000 }, { requests: 50, perMs: 1000 }],
	ingest: [{ requests: 5000, perMs: 300_000 }, { requests: 50, perMs: 1000 }],
};

/** What is not documented, or differs between organizations, can be chosen. */
export interface Settings {
	/** Lifetime of an access token in seconds. */
	tokenLifetime: number;
	/** Answer to an expired or unknown token: the documentation shows 403, the SDK expects 401. */
	unauthorizedStatus: 401 | 403;
	/** Answer to a write with an outdated `version`. */
	versionConflictStatus: 400 | 409;
	/** Off by default; see REAL_LIMITS. */
	limits: { config?: Limit[]; ingest?: Limit[] };
	/** How long jobs and file uploads take, in milliseconds. */
	jobMs: number;
	/** Bills with more lines than this between them are too large for one answer (413). The real limit is not documented. */
	billLinesPerAnswer: number;
	webhook: {
		/** `event` = the whole event record, `minimal` = `{id, eventName}`, `entity` = the changed entity alone. */
		body: 'event' | 'minimal' | 'entity';
		attempts: number;
		backoffMs: number;
		timeoutMs: number;
		/** How often every notification is sent; 2 = everything arrives twice. */
		copies: number;
		/** The link is disabled after this many notifications in a row could not be delivered. */
		disableAfter: number;
	};
	mappings: {
		entities: string[];
		systems: Array<{ name: string; tables: string[] }>;
		allowCustomExternalTables: boolean;
		/** Refuse systems that the configuration does not list. */
		refuseUnknownSystems: boolean;
	};
}

export interface Context {
	state: M3terState;
	settings: Settings;
	/** Deliveries, jobs and the asynchronous stage of ingest. */
	work: Background;
	/** Base address; known once the server listens. */
	url: string;
}

export const nowMs = (context: Context): number => Date.now() + context.state.clockAheadMs;
export const nowIso = (context: Context): string => new Date(nowMs(context)).toISOString();

/** Audit fields of something made at `time`. */
export function audit(time: string): Audit {
	return {
		id: randomUUID(),
		version: 1,
		dtCreated: time,
		dtLastModified: time,
		createdBy: SERVICE_USER_ID,
		lastModifiedBy: SERVICE_USER_ID,
	};
}

/** Audit fields of the next version. */
export function nextVersion(context: Context, previous: Audit): Audit {
	const { id, version, dtCreated, createdBy } = previous;
	return { id, version: version + 1, dtCreated, createdBy, dtLastModified: nowIso(context), lastModifiedBy: SERVICE_USER_ID };
}

export const badRequest = (message: string) => new HttpError(400, { message });
export const notFound = (what = 'Not found') => new HttpError(404, { message: what });

/** Throws 404 when `id` is not in the map. */
export function find<T>(map: Map<string, T>, id: string, what = 'Not found'): T {
	const found = map.get(id);
	if (found === undefined) throw notFound(what);
	return found;
}
