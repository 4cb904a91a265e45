import { z } from 'zod';

import { toFailure } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import type { M3terApi } from '../api';
import { accountPlanSchema, planSchema, type AccountPlan, type Versioned } from '../schemas';

/** Body of a new account plan: `planId` or `planGroupId`; dates as date-times. */
export interface NewAccountPlan extends Record<string, unknown> {
	accountId: string;
	planId?: string;
	planGroupId?: string;
	startDate: string;
	endDate?: string;
}

const replacedSchema = z.object({ originalAccountPlan: accountPlanSchema, newAccountPlan: accountPlanSchema });
type Replaced = z.output<typeof replacedSchema>;

/** All account plans of an account, ended ones included. */
export const accountPlansOf = async (api: M3terApi, accountId: string): Promise<AccountPlan[]> =>
	await api.list('/accountplans', accountPlanSchema, { query: { account: accountId, includeall: true } });

/**
 * Attaches a plan or plan group. When no answer came, the account plan is looked for before the run fails.
 * @throws Failure `conflict` naming the account plan in the way when m3ter refuses because of it
 */
export async function attach(api: M3terApi, body: NewAccountPlan): Promise<AccountPlan> {
	try {
		return accountPlanSchema.parse(await api.post('/accountplans', body));
	} catch (error) {
		const created = isUnknown(error) ? (await accountPlansOf(api, body.accountId)).find((plan) => isSame(plan, body)) : undefined;
		if (created !== undefined) return created;
		throw await withOverlap(api, error, body);
	}
}

/**
 * Ends an account plan where the new one starts. When no answer came, the new one is looked for before the run fails.
 * @throws Failure `conflict` as `attach`
 */
export async function replace(api: M3terApi, original: AccountPlan, body: NewAccountPlan): Promise<Replaced> {
	try {
		return replacedSchema.parse(await api.post(`/accountplans/${encodeURIComponent(original.id)}/replace`, body));
	} catch (error) {
		const plans = isUnknown(error) ? await accountPlansOf(api, body.accountId) : [];
		const newAccountPlan = plans.find((plan) => isSame(plan, body));
		const originalAccountPlan = plans.find(({ id }) => id === original.id);
		if (newAccountPlan && originalAccountPlan) return { originalAccountPlan, newAccountPlan };
		throw await withOverlap(api, error, body, original.id);
	}
}

/** GET, merge, PUT. `productId` is m3ter's own and is not sent back. */
export async function updateAccountPlan(api: M3terApi, id: string, change: (current: Versioned) => Record<string, unknown>): Promise<AccountPlan> {
	const path = `/accountplans/${encodeURIComponent(id)}`;
	return accountPlanSchema.parse(await api.update(path, (current) => ({ productId: undefined, ...change(current) })));
}

const isUnknown = (error: unknown): boolean => error instanceof Failure && error.outcomeUnknown;

const sameTime = (a: string, b: string) => Date.parse(a) === Date.parse(b);

const isSame = (plan: AccountPlan, { planId, planGroupId, startDate }: NewAccountPlan): boolean =>
	plan.planId === planId && plan.planGroupId === planGroupId && sameTime(plan.startDate, startDate);

/** m3ter allows one plan per product and account at a time, unless the organization allows overlaps. Its refusal is explained by what is there. */
async function withOverlap(api: M3terApi, error: unknown, body: NewAccountPlan, replacedId?: string): Promise<Failure> {
	const failure = toFailure(error);
	if (failure.status !== 400 && failure.status !== 409) return failure;
	const inTheWay = (await accountPlansOf(api, body.accountId)).filter((plan) => plan.id !== replacedId && overlaps(plan, body));
	const products = await productsOf(api, body);
	const other = inTheWay.find((plan) => (body.planGroupId ? plan.planGroupId !== undefined : plan.productId !== undefined && products.has(plan.productId)));
	if (other === undefined) return failure;
	const period = `${other.startDate} to ${other.endDate ?? 'no end'}`;
	return new Failure('conflict', 'The account already has a plan of this product for these dates', {
		description:
			`Account ${body.accountId}: account plan ${other.id} (plan ${other.planId ?? other.planGroupId}) runs from ${period}. ` +
			`Use Account Plan > Replace on it to change the plan, or End it before the new one starts. m3ter said: ${failure.description ?? failure.message}`,
		status: failure.status,
		details: { accountPlanId: other.id },
	});
}

const overlaps = (plan: AccountPlan, { startDate, endDate }: NewAccountPlan): boolean =>
	(plan.endDate === undefined || Date.parse(plan.endDate) > Date.parse(startDate)) && (endDate === undefined || Date.parse(plan.startDate) < Date.parse(endDate));

async function productsOf(api: M3terApi, { planId }: NewAccountPlan): Promise<Set<string>> {
	const row = planId === undefined ? undefined : await api.find(`/plans/${encodeURIComponent(planId)}`);
	return new Set(row === undefined ? [] : [planSchema.parse(row).productId ?? '']);
}
