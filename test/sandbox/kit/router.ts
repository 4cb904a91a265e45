import type { Handler, SandboxRequest, SandboxResponse } from './http';
import { compilePath, type PathPattern } from './paths';

/** Runs before the route; an answer returned here replaces the route's. */
export type BeforeHook = (request: SandboxRequest) => SandboxResponse | undefined | void | Promise<SandboxResponse | undefined | void>;

interface Route {
	method: string;
	pattern: PathPattern;
	handler: Handler;
}

/** Finds the handler of a request. A fixed segment wins over a named one, whatever the order of registration. */
export class Router {
	private readonly routes: Route[] = [];

	/** `pattern` like `/v1/invoices/:id`. */
	on(method: string, pattern: string, handler: Handler): this {
		this.routes.push({ method: method.toUpperCase(), pattern: compilePath(pattern), handler });
		return this;
	}

	find(method: string, path: string): { handler: Handler; params: Record<string, string> } | undefined {
		let best: { route: Route; params: Record<string, string> } | undefined;
		for (const route of this.routes) {
			if (route.method !== method) continue;
			const params = route.pattern.match(path);
			if (params && (!best || route.pattern.rank < best.route.pattern.rank)) best = { route, params };
		}
		return best && { handler: best.route.handler, params: best.params };
	}
}
