import { ChargebeeForM3ter } from '../../nodes/Chargebee/ChargebeeForM3ter.node';
import type { SendResult } from '../../nodes/shared/sendResult';
import { FULL_ACCESS_KEY, SEEDED, SITE, startChargebeeSandbox, type ChargebeeSandbox, type ChargebeeSandboxOptions } from '../sandbox/chargebee';
import type { LineInput, M3terSandbox } from '../sandbox/m3ter';
import { runNode, type CredentialStore, type RunResult } from './harness';
import { mappedAccount, startM3ter, usualLines } from './world';

export type Parameters = Record<string, unknown>;

/** Bills on an account that is mapped to the seeded Chargebee customer "acme", and the node that sends them. */
export class ChargebeeBills {
	private constructor(
		readonly m3ter: M3terSandbox,
		readonly chargebee: ChargebeeSandbox,
		readonly credentials: CredentialStore,
	) {}

	static async start(options: ChargebeeSandboxOptions = {}): Promise<ChargebeeBills> {
		const { m3ter, credentials } = await startM3ter();
		const chargebee = await startChargebeeSandbox({ seeded: true, processingMs: 0, ...options });
		credentials.chargebeeForM3terApi = { site: SITE, apiKey: FULL_ACCESS_KEY, requestsPerMinute: 100_000, baseUrl: chargebee.url };
		await mappedAccount(m3ter, 'Chargebee', 'Customer', SEEDED.customers.acme);
		return new ChargebeeBills(m3ter, chargebee, credentials);
	}

	/** Stops both sandboxes; they must have seen no violation of a contract. */
	async stop(): Promise<void> {
		const violations = [...this.m3ter.violations, ...this.chargebee.violations];
		await Promise.all([this.m3ter.close(), this.chargebee.close()]);
		expect(violations).toEqual([]);
	}

	bill(lines: LineInput[] = usualLines, fields: object = {}): { id: string } {
		return this.m3ter.createBill({ accountCode: 'acme', lines, ...fields });
	}

	async run(operation: string, ids: string[], parameters: object = {}): Promise<RunResult> {
		return await runNode({
			node: new ChargebeeForM3ter(),
			parameters: { resource: 'bill', operation, billId: '={{ $json.id }}', ...parameters },
			credentials: this.credentials,
			items: ids.map((id) => ({ id })),
		});
	}

	async send(id: string, options: object = {}, parameters: Parameters = {}): Promise<SendResult> {
		const { json, error } = await this.run('send', [id], { options, ...parameters });
		if (error) throw error;
		return json[0] as unknown as SendResult;
	}

	/** A subscription that has renewed, so that its invoice waits for usage. */
	renewed(customerId: string = SEEDED.customers.acme, items?: Array<{ item_price_id: string }>): { subscriptionId: string; invoiceId: string; parameters: Parameters } {
		const { id } = this.chargebee.createSubscription({ customerId, items });
		const invoice = this.chargebee.renew({ id });
		return { subscriptionId: id, invoiceId: invoice?.id ?? '', parameters: { target: 'pendingInvoice', subscriptionSource: 'id', subscriptionId: id } };
	}

	/** Lines of an invoice that carry our marker. */
	linesOf(invoiceId: string) {
		return (this.chargebee.state.invoices.get(invoiceId)?.line_items ?? []).filter(({ description }) => description?.includes('[m3ter:'));
	}

	amountsOf(invoiceId: string): number[] {
		return this.linesOf(invoiceId).map(({ amount }) => amount);
	}

	writes(): number {
		return this.chargebee.requests.filter(({ method }) => method !== 'GET').length;
	}

	invoices() {
		return [...this.chargebee.state.invoices.values()].filter(({ deleted }) => !deleted);
	}

	/** A call to Chargebee by somebody else than the node. */
	async byHand(path: string, body = ''): Promise<void> {
		const answer = await fetch(`${this.chargebee.url}/api/v2${path}`, {
			method: 'POST',
			headers: { Authorization: `Basic ${Buffer.from(`${FULL_ACCESS_KEY}:`).toString('base64')}`, 'Content-Type': 'application/x-www-form-urlencoded' },
			body,
		});
		if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
	}
}

export const toNewInvoice: Parameters = { target: 'newInvoice' };
