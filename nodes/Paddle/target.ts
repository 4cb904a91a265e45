import type { IExecuteFunctions } from 'n8n-workflow';

import { m3terApi } from '../M3ter/api';
import type { BillJob, BillTarget, Remember } from '../M3ter/billTarget';
import { readProductMappings } from '../M3ter/productMappings';
import { readAllSubscriptionRefs, subscriptionOfBill, type SubscriptionRef } from '../M3ter/subscriptionRefs';
import { settled } from '../n8n/errors';
import { inParallel } from '../n8n/parallel';
import { Failure } from '../shared/failure';
import type { PreviewResult, SendResult } from '../shared/sendResult';
import { paddleApi } from './api';
import { chargeStatus, previewCharge, sendCharge } from './charge';
import { classicApi } from './classicApi';
import { paddleDecimals } from './currency';
import type { BillContext } from './lines';
import { modifierStatus, previewModifiers, sendModifiers } from './modifiers';
import { oneAtATime } from './oneAtATime';
import { readPaddleBillOptions, type PaddleBillOptions, type PaddleTarget } from './options';
import { previewTransaction, sendTransaction, transactionStatus } from './transaction';

const BILLS_AT_ONCE = 5;
const DOCUMENT_TABLES: Record<PaddleTarget, string> = { charge: 'Charge', transaction: 'Transaction', modifiers: 'Modifiers' };

/** What can be done with one bill in one of Paddle's three places. */
interface Works {
	/** Works with the same key come one after another. */
	key(context: BillContext, subscriptionId: string): string;
	send(context: BillContext, subscriptionId: string, remember: Remember): Promise<SendResult>;
	preview(context: BillContext, subscriptionId: string): Promise<PreviewResult>;
	status(context: BillContext, subscriptionId: string): Promise<SendResult>;
}

/** Paddle as a receiver of bills: charges on a subscription, transactions of their own, or Classic's modifiers. */
export async function paddleTarget(context: IExecuteFunctions): Promise<BillTarget> {
	const target = context.getNodeParameter('target', 0, 'charge') as PaddleTarget;
	const works = await openWorks(context, target);

	async function each<R>(jobs: readonly BillJob[], work: (bill: BillContext, subscriptionId: string) => Promise<R>): Promise<Array<R | Failure>> {
		const options = jobs.map((job) => readPaddleBillOptions(context, job.itemIndex));
		const { refs, products } = await readReferences(context, target, jobs, options);
		return await inParallel(jobs, BILLS_AT_ONCE, async (job, index) =>
			await settled(async () => {
				const bill: BillContext = { job, options: options[index], products };
				const subscriptionId = target === 'transaction' ? '' : subscriptionIdOf(job, options[index], refs);
				return await oneAtATime(works.key(bill, subscriptionId), async () => await work(bill, subscriptionId));
			}),
		);
	}

	return {
		system: 'Paddle',
		customerTable: target === 'modifiers' ? undefined : 'Customer',
		documentTable: DOCUMENT_TABLES[target],
		withoutLedger: target === 'modifiers' ? 'Once a payment has taken the modifiers, sending the bill again would charge it again.' : undefined,
		// Only modifiers may be negative.
		negativeLines: target === 'modifiers' ? 'keep' : 'netIntoBill',
		decimals: paddleDecimals,
		send: async (jobs, remember) => await each(jobs, async (bill, subscriptionId) => await works.send(bill, subscriptionId, remember)),
		preview: async (jobs) => await each(jobs, works.preview),
		status: async (jobs) => await each(jobs, works.status),
	};
}

async function openWorks(context: IExecuteFunctions, target: PaddleTarget): Promise<Works> {
	if (target === 'modifiers') {
		const classic = await classicApi(context);
		return {
			key: (_bill, subscriptionId) => `${classic.account} ${subscriptionId}`,
			send: async (bill, subscriptionId, remember) => await sendModifiers(classic, bill, subscriptionId, remember),
			preview: async (bill, subscriptionId) => await previewModifiers(classic, bill, subscriptionId),
			status: async (bill, subscriptionId) => await modifierStatus(classic, bill, subscriptionId),
		};
	}
	const paddle = await paddleApi(context);
	if (target === 'charge') {
		return {
			key: (_bill, subscriptionId) => `${paddle.account} ${subscriptionId}`,
			send: async (bill, subscriptionId) => await sendCharge(paddle, bill, subscriptionId),
			preview: async (bill, subscriptionId) => await previewCharge(paddle, bill, subscriptionId),
			status: async (bill, subscriptionId) => await chargeStatus(paddle, bill, subscriptionId),
		};
	}
	return {
		key: ({ job }) => `${paddle.account} ${job.bill.id}`,
		send: async (bill) => await sendTransaction(paddle, bill),
		preview: async (bill) => await previewTransaction(paddle, bill),
		status: async (bill) => await transactionStatus(paddle, bill),
	};
}

function subscriptionIdOf(job: BillJob, { subscription }: PaddleBillOptions, refs: readonly SubscriptionRef[]): string {
	if (subscription.source === 'mapping') return subscriptionOfBill(job, refs, 'Paddle');
	if (subscription.id !== '') return subscription.id;
	throw new Failure('mapping-missing', 'The Paddle subscription ID is empty', { description: `For account ${job.account.code}, bill ${job.bill.id}: 'Subscription ID' gave nothing.` });
}

/** What m3ter's external mappings say of the bills' subscriptions and products. */
async function readReferences(context: IExecuteFunctions, target: PaddleTarget, jobs: readonly BillJob[], options: readonly PaddleBillOptions[]) {
	const mapped = target === 'transaction' ? [] : jobs.filter((_job, index) => options[index].subscription.source === 'mapping');
	const bills = target === 'modifiers' ? [] : jobs.map(({ bill }) => bill);
	if (mapped.length + bills.length === 0) return { refs: [], products: new Map<string, string>() };
	const api = await m3terApi(context);
	const system = options[0].mappingSystem || 'Paddle';
	const [refs, products] = await Promise.all([
		mapped.length === 0 ? [] : readAllSubscriptionRefs(api, mapped.map(({ account }) => account.id), system, 'Subscription'),
		readProductMappings(api, bills, system, 'Product'),
	]);
	return { refs, products };
}
