import { Router, startServer, HttpError, type SandboxServer } from '../sandbox/kit/http';
import { startQuickBooksSandbox, type QuickBooksSandbox } from '../sandbox/quickbooks';
import type { UsageRow } from './flows/steps';
import { USAGE_HEADER } from './usageHeader';

/** The seller's own service, which can be asked for usage: `GET /usage` gives the rows it has. */
export interface UsageService extends SandboxServer {
	rows: UsageRow[];
}

async function startUsageService(): Promise<UsageService> {
	const rows: UsageRow[] = [];
	const router = new Router().on('GET', '/usage', ({ headers }) => {
		if (headers[USAGE_HEADER.name.toLowerCase()] !== USAGE_HEADER.value) throw new HttpError(401, { error: 'Wrong key' });
		return { status: 200, body: rows };
	});
	return Object.assign(await startServer({ name: 'usage', router }), { rows });
}

/** QuickBooks itself has no usage: beside it stands the service that has. */
export async function startQuickBooksWithUsage(port: number): Promise<QuickBooksSandbox & { usage: UsageService }> {
	const usage = await startUsageService();
	const quickBooks = await startQuickBooksSandbox({ port });
	const closeQuickBooks = quickBooks.close;
	return Object.assign(quickBooks, {
		usage,
		close: async () => {
			await Promise.all([closeQuickBooks(), usage.close()]);
		},
	});
}
