import type { Router } from '../kit/http';
import { badRequest, find, type Context } from './context';
import { serveResource, uniqueCode, type Resource } from './resource';
import * as bodies from './schemas';
import type { Contract, Meter, Plan, PlanGroup, PlanGroupLink, PlanTemplate, Product } from './state';

/** Products, plan templates, plans, plan groups and their links, contracts and meters. */

const some = <T>(items: Map<string, T>, test: (item: T) => boolean) => [...items.values()].some(test);

const products: Resource<Product, typeof bodies.product> = {
	path: '/products',
	map: (state) => state.products,
	schema: bodies.product,
	maxPageSize: 200,
	event: 'configuration.product',
	build(body, { state }, previous) {
		uniqueCode(state.products, body.code, previous);
		return {};
	},
	beforeDelete({ id }, { state }) {
		if (some(state.planTemplates, ({ productId }) => productId === id)) throw badRequest('The product is referenced by plan templates');
		if (some(state.meters, ({ productId }) => productId === id)) throw badRequest('The product is referenced by meters');
	},
};

const planTemplates: Resource<PlanTemplate, typeof bodies.planTemplate> = {
	path: '/plantemplates',
	map: (state) => state.planTemplates,
	schema: bodies.planTemplate,
	maxPageSize: 100,
	event: 'configuration.plantemplate',
	filters: { productId: (template, ids) => ids.includes(template.productId) },
	build(body, { state }, previous) {
		uniqueCode(state.planTemplates, body.code, previous);
		find(state.products, body.productId, 'Product not found');
		return {};
	},
	beforeDelete({ id }, { state }) {
		if (some(state.plans, ({ planTemplateId }) => planTemplateId === id)) throw badRequest('The plan template is referenced by plans');
	},
};

const plans: Resource<Plan, typeof bodies.plan> = {
	path: '/plans',
	map: (state) => state.plans,
	schema: bodies.plan,
	maxPageSize: 100,
	event: 'configuration.plan',
	filters: {
		productId: (plan, ids) => ids.includes(plan.productId),
		accountId: (plan, ids) => ids.includes(plan.accountId ?? ''),
	},
	build(body, { state }, previous) {
		uniqueCode(state.plans, body.code, previous);
		if (body.accountId !== undefined) find(state.accounts, body.accountId, 'Account not found');
		if (previous && previous.accountId !== body.accountId) throw badRequest('accountId cannot be changed');
		return { productId: find(state.planTemplates, body.planTemplateId, 'Plan template not found').productId };
	},
	beforeDelete({ id }, { state }) {
		if (some(state.accountPlans, ({ planId }) => planId === id)) throw badRequest('The plan is referenced by account plans');
		if (some(state.planGroupLinks, ({ planId }) => planId === id)) throw badRequest('The plan is referenced by plan groups');
	},
};

const planGroups: Resource<PlanGroup, typeof bodies.planGroup> = {
	path: '/plangroups',
	map: (state) => state.planGroups,
	schema: bodies.planGroup,
	maxPageSize: 200,
	event: 'configuration.plangroup',
	filters: { accountId: (group, ids) => ids.includes(group.accountId ?? '') },
	build(body, { state }, previous) {
		uniqueCode(state.planGroups, body.code, previous);
		if (body.accountId !== undefined) find(state.accounts, body.accountId, 'Account not found');
		return {};
	},
	beforeDelete({ id }, { state }) {
		if (some(state.accountPlans, ({ planGroupId }) => planGroupId === id)) throw badRequest('The plan group is referenced by account plans');
	},
};

const planGroupLinks: Resource<PlanGroupLink, typeof bodies.planGroupLink> = {
	path: '/plangrouplinks',
	map: (state) => state.planGroupLinks,
	schema: bodies.planGroupLink,
	maxPageSize: 100,
	event: 'configuration.plangrouplink',
	filters: {
		planGroup: (link, ids) => ids.includes(link.planGroupId),
		plan: (link, ids) => ids.includes(link.planId),
	},
	build(body, { state }) {
		find(state.planGroups, body.planGroupId, 'Plan group not found');
		find(state.plans, body.planId, 'Plan not found');
		return {};
	},
};

export const contracts: Resource<Contract, typeof bodies.contract> = {
	path: '/contracts',
	map: (state) => state.contracts,
	schema: bodies.contract,
	maxPageSize: 100,
	event: 'configuration.contract',
	filters: {
		codes: (contract, codes) => codes.includes(contract.code ?? ''),
		accountId: (contract, ids) => ids.includes(contract.accountId),
	},
	build(body, { state }, previous) {
		uniqueCode(state.contracts, body.code, previous);
		find(state.accounts, body.accountId, 'Account not found');
		if (body.endDate <= body.startDate) throw badRequest('endDate must be after startDate');
		return {};
	},
	beforeDelete({ id }, { state }) {
		if (some(state.accountPlans, ({ contractId }) => contractId === id)) throw badRequest('The contract is referenced by account plans');
	},
};

const meters: Resource<Meter, typeof bodies.meter> = {
	path: '/meters',
	map: (state) => state.meters,
	schema: bodies.meter,
	maxPageSize: 100,
	event: 'configuration.meter',
	filters: {
		productId: (meter, ids) => ids.includes(meter.productId ?? ''),
		codes: (meter, codes) => codes.includes(meter.code),
	},
	build(body, { state }, previous) {
		uniqueCode(state.meters, body.code, previous);
		if (body.productId !== undefined) find(state.products, body.productId, 'Product not found');
		const codes = [...body.dataFields, ...body.derivedFields].map(({ code }) => code);
		if (new Set(codes).size < codes.length) throw badRequest('Data field codes must be unique in a meter');
		for (const { category, code, unit } of [...body.dataFields, ...body.derivedFields]) {
			const numeric = bodies.NUMERIC_CATEGORIES.some((name) => name === category);
			if (numeric && unit === undefined) throw badRequest(`Data field '${code}': unit is required for ${category}`);
		}
		return {};
	},
};

export function servePlans(router: Router, context: Context): void {
	serveResource(router, context, products);
	serveResource(router, context, planTemplates);
	serveResource(router, context, plans);
	serveResource(router, context, planGroups);
	serveResource(router, context, planGroupLinks);
	serveResource(router, context, contracts);
	serveResource(router, context, meters);
}
