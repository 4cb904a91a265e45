import { compilePath } from './paths';

/** How one request goes wrong. */
export interface Fault {
	method?: string;
	/** A string is a path pattern (`/bills/:id/lineitems`) that has to match the whole path or its end; a RegExp is searched in the path. */
	path?: string | RegExp;
	/** Let this many matching requests pass first (default 0). */
	after?: number;
	/** How many requests go wrong (default 1; Infinity for all). */
	times?: number;
	/**
	 * `refuse` = connection reset before the handler runs; `lost` = the handler runs, its answer is dropped (connection reset);
	 * `status` = answer `status` without running the handler; `html` = an HTML error page with `status` (default 502);
	 * `delay` = the handler runs, the answer comes after `ms`; `hang` = no answer until the client gives up.
	 */
	kind: 'refuse' | 'lost' | 'status' | 'html' | 'delay' | 'hang';
	status?: number;
	headers?: Record<string, string>;
	body?: unknown;
	ms?: number;
}

interface Armed {
	fault: Fault;
	toPass: number;
	left: number;
	matches(path: string): boolean;
}

function pathTest(path: Fault['path']): (path: string) => boolean {
	if (path === undefined) return () => true;
	if (typeof path === 'string') {
		const pattern = compilePath(path);
		return (value) => pattern.matchEnd(value);
	}
	return (value) => value.search(path) >= 0;
}

/** The faults waiting to happen on one server. */
export class FaultList {
	private armed: Armed[] = [];

	add(fault: Fault): void {
		this.armed.push({ fault, toPass: fault.after ?? 0, left: fault.times ?? 1, matches: pathTest(fault.path) });
	}

	clear(): void {
		this.armed = [];
	}

	/** The fault this request meets, if any; counts it down. Every matching fault sees the request, the first one ready acts. */
	take(method: string, path: string): Fault | undefined {
		let taken: Fault | undefined;
		for (const entry of this.armed) {
			if (entry.fault.method && entry.fault.method.toUpperCase() !== method) continue;
			if (!entry.matches(path)) continue;
			if (entry.toPass > 0) entry.toPass--;
			else if (!taken && entry.left > 0) {
				entry.left--;
				taken = entry.fault;
			}
		}
		return taken;
	}
}
