import type { Router } from '../kit/http';
import { badRequest, find, nextVersion, nowMs, type Context } from './context';
import { boolParam, listParam, ok, parseBody } from './requests';
import { checkVersion, create, ORG, serveResource, store, uniqueCode, type Resource } from './resource';
import { accountPlan } from './schemas';
import type { AccountPlan, M3terState } from './state';

const start = (plan: { startDate: string }) => Date.parse(plan.startDate);
const end = (plan: { endDate?: string }) => (plan.endDate ? Date.parse(plan.endDate) : Infinity);

/** Products the account would have a plan of. */
function productsOf(state: M3terState, { planId, planGroupId }: { planId?: string; planGroupId?: string }): string[] {
	if (planId !== undefined) return [find(state.plans, planId, 'Plan not found').productId];
	find(state.planGroups, planGroupId ?? '', 'Plan group not found');
	return [...state.planGroupLinks.values()]
		.filter((link) => link.planGroupId === planGroupId)
		.map((link) => find(state.plans, link.planId).productId);
}

type Body = Parameters<NonNullable<Resource<AccountPlan, typeof accountPlan>['build']>>[0];

/** One plan per product and account at a time; two groups may not share a product. A plan beside a group is allowed. */
function refuseOverlap(state: M3terState, body: Body, ignoredId?: string): void {
	if (state.organizationConfig.allowOverlappingPlans) return;
	const products = productsOf(state, body);
	for (const other of state.accountPlans.values()) {
		if (other.id === ignoredId || other.accountId !== body.accountId) continue;
		if ((other.planId === undefined) !== (body.planId === undefined)) continue;
		if (start(other) >= end(body) || start(body) >= end(other)) continue;
		if (productsOf(state, other).some((id) => products.includes(id))) {
			throw badRequest(`The account already has a plan of this product for overlapping dates (account plan ${other.id})`);
		}
	}
}

function check(body: Body, { state }: Context, previous?: AccountPlan, replacedId?: string): Partial<AccountPlan> {
	find(state.accounts, body.accountId, 'Account not found');
	if ((body.planId === undefined) === (body.planGroupId === undefined)) throw badRequest('Exactly one of planId and planGroupId is required');
	if (body.contractId !== undefined && find(state.contracts, body.contractId, 'Contract not found').accountId !== body.accountId) {
		throw badRequest('The contract belongs to another account');
	}
	uniqueCode(state.accountPlans, body.code, previous);
	if (end(body) <= start(body)) throw badRequest('endDate must be after startDate');
	const custom = body.planId !== undefined && find(state.plans, body.planId, 'Plan not found').accountId;
	if (custom && custom !== body.accountId) throw badRequest('The plan is a custom plan of another account');
	refuseOverlap(state, body, previous?.id ?? replacedId);
	const [productId] = body.planId === undefined ? [] : productsOf(state, body);
	return { ...(productId && { productId }), childBillingMode: body.childBillingMode ?? 'PARENT_BREAKDOWN' };
}

export const accountPlans: Resource<AccountPlan, typeof accountPlan> = {
	path: '/accountplans',
	map: (state) => state.accountPlans,
	schema: accountPlan,
	maxPageSize: 100,
	event: 'configuration.accountplan',
	build: (body, context, previous) => check(body, context, previous),
	list: select,
};

/**
 * The list's own rules: `account` alone gives the ones active now, `includeall` all of them; `date` gives those whose period holds that
 * date; `product` needs `account`; `plan` and `contract` leave plan groups out.
 */
function select(context: Context, query: URLSearchParams): AccountPlan[] {
	const [account, plan, product, contract, date] = ['account', 'plan', 'product', 'contract', 'date'].map((name) => query.get(name) ?? '');
	if (product && !account) throw badRequest('product can only be used together with account');
	const at = date ? Date.parse(date) : nowMs(context);
	if (Number.isNaN(at)) throw badRequest('date is not a date');
	const ids = listParam(query, 'ids');
	const onlyAt = date !== '' || (account !== '' && !boolParam(query, 'includeall'));
	return [...context.state.accountPlans.values()].filter((entry) => {
		if (ids.length > 0 && !ids.includes(entry.id)) return false;
		if (account && entry.accountId !== account) return false;
		if (product && entry.productId !== product) return false;
		if (plan && entry.planId !== plan) return false;
		if (contract && (entry.contractId !== contract || entry.planId === undefined)) return false;
		return !onlyAt || (start(entry) <= at && at < end(entry));
	});
}

/** Ends the plan where the new one starts. */
function replacePlan(context: Context, id: string, body: Body): { originalAccountPlan: AccountPlan; newAccountPlan: AccountPlan } {
	const original = find(context.state.accountPlans, id);
	if (body.accountId !== original.accountId) throw badRequest('accountId must be that of the account plan replaced');
	if (start(body) <= start(original)) throw badRequest('startDate must be after the start of the account plan replaced');
	if (start(body) >= end(original)) throw badRequest('The account plan has ended before startDate');
	checkVersion(context, body.version);
	check(body, context, undefined, original.id);
	const ended = store(context, accountPlans, { ...original, endDate: body.startDate, ...nextVersion(context, original) }, original);
	return { originalAccountPlan: ended, newAccountPlan: create(context, accountPlans, body) };
}

export function serveAccountPlans(router: Router, context: Context): void {
	serveResource(router, context, accountPlans);
	router.on('POST', `${ORG}/accountplans/:id/replace`, (request) => {
		return ok(replacePlan(context, request.params.id, parseBody(accountPlan, request)));
	});
}
