import type { Router } from '../kit/http';
import { accountPlans } from './accountplans';
import { badRequest, find, nextVersion, type Context } from './context';
import { contracts } from './plans';
import { ok, page, parseBody, search } from './requests';
import { ORG, serveResource, store, uniqueCode, type Resource } from './resource';
import { account, endDateEntities } from './schemas';
import type { Account } from './state';

export const accounts: Resource<Account, typeof account> = {
	path: '/accounts',
	map: (state) => state.accounts,
	schema: account,
	maxPageSize: 100,
	event: 'configuration.account',
	filters: { codes: (entity, codes) => codes.includes(entity.code) },
	build(body, { state }, previous) {
		uniqueCode(state.accounts, body.code, previous);
		if (body.parentAccountId !== undefined) {
			if (!state.accounts.has(body.parentAccountId)) throw badRequest('parentAccountId: no such account');
			if (body.parentAccountId === previous?.id) throw badRequest('parentAccountId: an account cannot be its own parent');
		}
		const currencies = [...state.currencies.values()];
		if (body.currency !== undefined && !currencies.some(({ code, archived }) => code === body.currency && !archived)) {
			throw badRequest(`currency: ${body.currency} is not in the organization's list`);
		}
		return {};
	},
	beforeDelete({ id }, { state }) {
		const hangs = (entities: Iterable<{ accountId?: string }>) => [...entities].some(({ accountId }) => accountId === id);
		if (hangs(state.accountPlans.values())) throw badRequest('The account is referenced by account plans');
		if (hangs(state.contracts.values())) throw badRequest('The account is referenced by contracts');
		if (hangs(state.bills.values())) throw badRequest('The account has bills');
		if ([...state.accounts.values()].some(({ parentAccountId }) => parentAccountId === id)) throw badRequest('The account has child accounts');
	},
};

const SEARCHABLE: Record<string, keyof Account & string> = {
	name: 'name', code: 'code', codes: 'code', currency: 'currency', purchaseOrderNumber: 'purchaseOrderNumber', parentAccountId: 'parentAccountId',
	id: 'id', ids: 'id', createdBy: 'createdBy', lastModifiedBy: 'lastModifiedBy', dtCreated: 'dtCreated',
};

interface Ended {
	updated: Record<string, string[]>;
	failed: Record<string, string[]>;
}

/** Ends what runs past `endDate`; what starts later than that fails; what has ended before is left alone. */
function endEntities(
	context: Context,
	select: { accountIds?: string[]; contractId?: string },
	request: { endDate: string; billingEntities: string[] },
): Ended {
	const ended: Ended = { updated: {}, failed: {} };
	const note = (kind: 'updated' | 'failed', entity: string, id: string) => (ended[kind][entity] ??= []).push(id);
	const until = Date.parse(request.endDate);
	const belongs = (entity: { accountId: string; contractId?: string }) =>
		select.accountIds ? select.accountIds.includes(entity.accountId) : entity.contractId === select.contractId;
	const outcome = (entity: { startDate: string; endDate?: string }) => {
		if (Date.parse(entity.startDate) > until) return 'failed' as const;
		return entity.endDate && Date.parse(entity.endDate) <= until ? undefined : ('updated' as const);
	};
	if (request.billingEntities.includes('ACCOUNTPLAN')) {
		for (const plan of [...context.state.accountPlans.values()].filter(belongs)) {
			const kind = outcome(plan);
			if (kind) note(kind, 'ACCOUNTPLAN', plan.id);
			if (kind === 'updated') store(context, accountPlans, { ...plan, endDate: request.endDate, ...nextVersion(context, plan) }, plan);
		}
	}
	if (request.billingEntities.includes('CONTRACT')) {
		for (const contract of [...context.state.contracts.values()].filter((entry) => belongs({ ...entry, contractId: entry.id }))) {
			const kind = outcome(contract);
			if (kind) note(kind, 'CONTRACT', contract.id);
			if (kind === 'updated') store(context, contracts, { ...contract, endDate: request.endDate.slice(0, 10), ...nextVersion(context, contract) }, contract);
		}
	}
	return ended;
}

const endedAnswer = ({ updated, failed }: Ended) =>
	ok({
		statusMessage: Object.keys(failed).length > 0 ? 'Some billing entities could not be end-dated' : 'Billing entities end-dated',
		updatedEntities: updated,
		failedEntities: failed,
	});

export function serveAccounts(router: Router, context: Context): void {
	serveResource(router, context, accounts);
	const children = (id: string) => [...context.state.accounts.values()].filter(({ parentAccountId }) => parentAccountId === id);
	router
		.on('GET', `${ORG}/accounts/search`, ({ query }) => search(context.state.accounts.values(), query, SEARCHABLE))
		.on('GET', `${ORG}/accounts/:id/children`, ({ params, query }) => {
			find(context.state.accounts, params.id);
			return page(children(params.id), query, 100);
		})
		.on('PUT', `${ORG}/accounts/:id/enddatebillingentities`, (request) => {
			const { id } = find(context.state.accounts, request.params.id);
			const body = parseBody(endDateEntities, request);
			const accountIds = [id, ...(body.applyToChildren ? children(id).map((child) => child.id) : [])];
			return endedAnswer(endEntities(context, { accountIds }, body));
		})
		.on('PUT', `${ORG}/contracts/:id/enddatebillingentities`, (request) => {
			const { id } = find(context.state.contracts, request.params.id);
			return endedAnswer(endEntities(context, { contractId: id }, parseBody(endDateEntities, request)));
		});
}
