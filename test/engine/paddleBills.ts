import { PaddleForM3ter } from '../../nodes/Paddle/PaddleForM3ter.node';
import type { SendResult } from '../../nodes/shared/sendResult';
import type { LineInput, M3terSandbox } from '../sandbox/m3ter';
import { API_KEY, startPaddleSandbox, VENDOR_AUTH_CODE, VENDOR_ID, type PaddleSandbox, type PaddleSandboxOptions } from '../sandbox/paddle';
import { runNode, type CredentialStore, type RunResult } from './harness';
import { mappedAccount, startM3ter, usualLines } from './world';

export type Parameters = Record<string, unknown>;

export const paddleCredentials = (paddle: { url: string; classicUrl: string }): CredentialStore => ({
	paddleForM3terApi: { environment: 'custom', baseUrl: paddle.url, apiKey: API_KEY },
	paddleClassicForM3terApi: { environment: 'custom', baseUrl: paddle.classicUrl, vendorId: String(VENDOR_ID), vendorAuthToken: VENDOR_AUTH_CODE },
});

/** Bills on an account that is mapped to the seeded Paddle customer "Acme", and the node that sends them. */
export class PaddleBills {
	private constructor(
		readonly m3ter: M3terSandbox,
		readonly paddle: PaddleSandbox,
		readonly credentials: CredentialStore,
		readonly seed: ReturnType<PaddleSandbox['seed']>,
	) {}

	static async start(options: PaddleSandboxOptions = {}): Promise<PaddleBills> {
		const { m3ter, credentials } = await startM3ter();
		const paddle = await startPaddleSandbox({ seeded: true, processingMs: 0, ...options });
		const seed = paddle.seed();
		await mappedAccount(m3ter, 'Paddle', 'Customer', seed.customers.acme.id);
		return new PaddleBills(m3ter, paddle, { ...credentials, ...paddleCredentials(paddle) }, seed);
	}

	/** Stops both sandboxes; they must have seen no violation of a contract. */
	async stop(): Promise<void> {
		const violations = [...this.m3ter.violations, ...this.paddle.violations];
		await Promise.all([this.m3ter.close(), this.paddle.close()]);
		expect(violations).toEqual([]);
	}

	bill(lines: LineInput[] = usualLines, fields: object = {}): { id: string } {
		return this.m3ter.createBill({ accountCode: 'acme', lines, ...fields });
	}

	async run(operation: string, ids: string[], parameters: Parameters = {}, onError?: 'continueErrorOutput'): Promise<RunResult> {
		return await runNode({
			node: new PaddleForM3ter(),
			parameters: { resource: 'bill', operation, billId: '={{ $json.id }}', ...parameters } as never,
			credentials: this.credentials,
			items: ids.map((id) => ({ id })),
			onError,
		});
	}

	async perform(operation: string, id: string, options: object = {}, parameters: Parameters = {}): Promise<SendResult> {
		const { json, error } = await this.run(operation, [id], { options, ...parameters });
		if (error) throw error;
		return json[0] as unknown as SendResult;
	}

	async send(id: string, options: object = {}, parameters: Parameters = {}): Promise<SendResult> {
		return await this.perform('send', id, options, parameters);
	}

	/** A running monthly subscription of Acme, and the parameters that charge it. */
	subscribed(priceId = this.seed.prices.pro.id): { id: string; parameters: Parameters } {
		const { subscription } = this.paddle.completeCheckout({ customerId: this.seed.customers.acme.id, items: [{ price_id: priceId }] });
		const id = subscription?.id ?? '';
		return { id, parameters: { target: 'charge', subscriptionSource: 'id', subscriptionId: id } };
	}

	/** Classic's modifiers of Acme. */
	get modifiers() {
		const { acme } = this.seed.classic;
		return { id: acme, parameters: { target: 'modifiers', subscriptionSource: 'id', subscriptionId: String(acme) } };
	}

	/** Amounts, in minor units, of the charges that wait for a subscription's next billing. */
	waiting(id: string): number[] {
		return (this.paddle.state.waitingCharges.get(id) ?? []).map(({ price, quantity }) => Number(price.unit_price.amount) * quantity);
	}

	/** Transactions that carry a bill's id. */
	transactionsOf(billId: string) {
		return [...this.paddle.state.transactions.values()].filter(({ custom_data: marks }) => marks?.m3ter_bill_id === billId);
	}

	writes(): number {
		return this.paddle.requests.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/modifiers') && !path.endsWith('/users')).length;
	}

	/** A call to Paddle Billing by somebody else than the node. */
	async byHand(method: string, path: string, body: object): Promise<void> {
		const headers = { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json' };
		const answer = await fetch(this.paddle.url + path, { method, headers, body: JSON.stringify(body) });
		if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
	}

	/** As if a run had died before it wrote the ledger. */
	forgetLedger(): void {
		this.m3ter.state.externalMappings.forEach((mapping, key) => mapping.m3terEntity === 'Bill' && this.m3ter.state.externalMappings.delete(key));
	}
}
