import { z } from 'zod';

import { addBill, lockBill, recalculateBill, setStatus, type BillOverrides, type LineInput } from './bills';
import { find, notFound, type Context } from './context';
import { omit } from './requests';
import { seed, type Seed } from './seed';
import type { Account, Bill, Ingested } from './state';

/** What a person does in the m3ter Console, and what time does. */
export interface Actions {
	/** Fills the organization 'Acme Metering'; see seed.ts. */
	seed(): Seed;
	/** A PENDING bill with the given lines; `billTotal` is their exact sum. Everything else can be overridden. */
	createBill(args: CreateBill): Bill;
	/** Recalculation: new lines, back to PENDING, next version. Without `lines` the old ones stay. */
	changeBill(billId: string, changes?: { lines?: LineInput[] } & BillOverrides): Bill;
	approveBill(billId: string): Bill;
	/** Only approved bills. */
	lockBill(billId: string): Bill;
	/** The measurements that count: deduplicated and valid. */
	ingested(): Ingested[];
	/** Lets time pass: links and tokens expire, uids become free again. */
	advanceClock(ms: number): void;
}

export type CreateBill = { accountId?: string; accountCode?: string; lines: LineInput[]; currency?: string } & BillOverrides;

function accountOf(context: Context, { accountId, accountCode }: CreateBill): Account {
	const { accounts } = context.state;
	if (accountId !== undefined) return find(accounts, accountId, `No account ${accountId}`);
	const account = [...accounts.values()].find(({ code }) => code === accountCode);
	if (!account) throw notFound(`No account with code ${accountCode}`);
	return account;
}

export function createActions(context: Context): Actions {
	return {
		seed: () => seed(context),
		createBill(args) {
			const account = accountOf(context, args);
			const { lines, currency, ...overrides } = omit(args, 'accountId', 'accountCode');
			return addBill(context, account, currency ?? account.currency ?? context.state.organizationConfig.currency, lines, overrides);
		},
		changeBill: (billId, { lines, ...overrides } = {}) => recalculateBill(context, billId, lines, overrides),
		approveBill: (billId) => setStatus(context, billId, 'APPROVED'),
		lockBill: (billId) => lockBill(context, billId),
		ingested: () => context.state.ingested,
		advanceClock(ms) {
			context.state.clockAheadMs += ms;
		},
	};
}

const line = z.object({ amount: z.number().optional(), description: z.string().optional() }).passthrough();
const createBill = z
	.object({ accountId: z.string().optional(), accountCode: z.string().optional(), currency: z.string().optional(), lines: z.array(line) })
	.passthrough();
const changeBill = z.object({ billId: z.string(), lines: z.array(line).optional() }).passthrough();
const oneBill = z.object({ billId: z.string() });
const clock = z.object({ ms: z.number() });

/** The same actions with JSON arguments, for `POST /_sandbox/actions/<name>`. */
export function httpActions(actions: Actions): Record<string, (args: unknown) => unknown> {
	return {
		seed: () => actions.seed(),
		createBill: (args) => actions.createBill(createBill.parse(args) as CreateBill),
		changeBill(args) {
			const { billId, ...changes } = changeBill.parse(args);
			return actions.changeBill(billId, changes as { lines?: LineInput[] });
		},
		approveBill: (args) => actions.approveBill(oneBill.parse(args).billId),
		lockBill: (args) => actions.lockBill(oneBill.parse(args).billId),
		ingested: () => actions.ingested(),
		advanceClock: (args) => actions.advanceClock(clock.parse(args).ms),
	};
}
