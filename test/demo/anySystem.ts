import { Router, startServer, type SandboxServer } from '../sandbox/kit/http';
import { USAGE_HEADER } from './usageHeader';

/** The secret a sales channel signs its orders with. Put together so that no literal looks like a live one. */
export const CHANNEL_SECRET = ['channel', 'secret', 'of', 'the', 'demo'].join('-');

export interface PutInvoice {
	number: string;
	customer: string;
	currency: string;
	total: number;
	lines: Array<{ description: string; amount: number }>;
}

/** Somebody's own system: takes invoices at `PUT /invoices/<id>`. */
export interface AnySystem extends SandboxServer {
	invoices: Map<string, PutInvoice>;
	settled(): Promise<void>;
}

export async function startAnySystem(port: number): Promise<AnySystem> {
	const invoices = new Map<string, PutInvoice>();
	const router = new Router().on('PUT', '/invoices/:id', ({ params: { id }, headers, body }) => {
		if (headers[USAGE_HEADER.name.toLowerCase()] !== USAGE_HEADER.value) return { status: 401, body: { message: 'Wrong key' } };
		const invoice = body as PutInvoice;
		if (invoice.lines.length === 0) return { status: 422, body: { message: 'An invoice needs lines' } };
		invoices.set(id, invoice);
		return { status: 200, body: { id: `inv-${id.slice(0, 8)}` } };
	});
	const control = { state: () => ({ invoices: Object.fromEntries(invoices) }), actions: {}, reset: () => invoices.clear() };
	return Object.assign(await startServer({ name: 'any-system', port, router, control }), { invoices, settled: async () => {} });
}
