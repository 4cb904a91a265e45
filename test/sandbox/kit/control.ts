import { z } from 'zod';

import type { FaultList } from './faults';
import type { RequestRecord } from './http';
import type { Router } from './router';

/** What a system lets people do to its sandbox over HTTP. */
export interface Control {
	/** Maps and Sets inside are shown as objects and lists. */
	state(): unknown;
	/** What a person would do in that system's own screens, by name. */
	actions: Record<string, (args: unknown) => unknown>;
	reset(): void;
}

const faultBody = z
	.object({
		method: z.string().optional(),
		path: z.string().optional(),
		/** JSON has no RegExp: its source goes here instead of `path`. */
		pathRegex: z.string().optional(),
		after: z.number().int().min(0).optional(),
		times: z.union([z.number().int().min(1), z.literal('always')]).optional(),
		kind: z.enum(['refuse', 'lost', 'status', 'html', 'delay', 'hang']),
		status: z.number().int().optional(),
		headers: z.record(z.string()).optional(),
		body: z.unknown().optional(),
		ms: z.number().optional(),
	})
	.strict();

function plain(value: unknown): unknown {
	return JSON.parse(
		JSON.stringify(value ?? null, (_key, entry: unknown) => {
			if (entry instanceof Map) return Object.fromEntries(entry);
			return entry instanceof Set ? [...entry] : entry;
		}),
	) as unknown;
}

const problem = (error: unknown) => ({ message: error instanceof Error ? error.message : String(error) });

/**
 * `GET /_sandbox/state`, `GET /_sandbox/requests`, `GET /_sandbox/violations`, `POST /_sandbox/actions/<name>` (JSON arguments),
 * `POST|DELETE /_sandbox/faults`, `POST /_sandbox/reset` (state, requests, violations and faults).
 */
export function addControlRoutes(
	router: Router,
	server: { control?: Control; requests: RequestRecord[]; violations: string[]; faults: FaultList },
): void {
	const { control, requests, violations, faults } = server;
	router.on('GET', '/_sandbox/state', () => ({ status: 200, body: plain(control?.state()) ?? {} }));
	router.on('GET', '/_sandbox/requests', () => ({ status: 200, body: requests }));
	router.on('GET', '/_sandbox/violations', () => ({ status: 200, body: violations }));
	router.on('POST', '/_sandbox/actions/:name', async ({ params, body }) => {
		const actions = control?.actions ?? {};
		if (!Object.hasOwn(actions, params.name)) {
			return { status: 404, body: { message: `No action '${params.name}'. There are: ${Object.keys(actions).join(', ')}` } };
		}
		try {
			return { status: 200, body: plain(await actions[params.name](body ?? {})) ?? {} };
		} catch (error) {
			return { status: 400, body: problem(error) };
		}
	});
	router.on('POST', '/_sandbox/faults', ({ body }) => {
		const parsed = faultBody.safeParse(body);
		if (!parsed.success) return { status: 400, body: { message: parsed.error.message } };
		const { pathRegex, times, ...fault } = parsed.data;
		faults.add({
			...fault,
			...(pathRegex !== undefined && { path: new RegExp(pathRegex) }),
			...(times !== undefined && { times: times === 'always' ? Infinity : times }),
		});
		return { status: 200, body: {} };
	});
	router.on('DELETE', '/_sandbox/faults', () => {
		faults.clear();
		return { status: 200, body: {} };
	});
	router.on('POST', '/_sandbox/reset', () => {
		control?.reset();
		requests.length = 0;
		violations.length = 0;
		faults.clear();
		return { status: 200, body: {} };
	});
}
