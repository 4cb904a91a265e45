import type { Router } from '../kit/http';
import { currency, customFieldDefaults, organizationConfig, reason } from './billschemas';
import { nextVersion, ORGANIZATION_ID, SERVICE_USER_ID, type Context } from './context';
import { emit } from './events';
import { ok, parseBody } from './requests';
import { checkVersion, ORG, serveResource, uniqueCode, type Resource } from './resource';
import type { Currency, M3terState, Reason } from './state';

/** The organization: who am I, pick lists, configuration and custom field defaults. */

const archived = (entry: { archived?: boolean }, [value]: string[]) => String(entry.archived ?? false) === value;
const codes = (entry: { code?: string }, values: string[]) => values.includes(entry.code ?? '');

const currencies: Resource<Currency, typeof currency> = {
	path: '/picklists/currency',
	map: (state) => state.currencies,
	schema: currency,
	maxPageSize: 100,
	filters: { archived, codes },
	build(body, { state }, previous) {
		uniqueCode(state.currencies, body.code, previous);
		return { archived: body.archived ?? false };
	},
};

function reasons(path: string, map: (state: M3terState) => Map<string, Reason>, event?: string): Resource<Reason, typeof reason> {
	return {
		path,
		map,
		schema: reason,
		maxPageSize: 100,
		event,
		filters: { archived, codes },
		build(body, { state }, previous) {
			uniqueCode(map(state), body.code, previous);
			return { archived: body.archived ?? false };
		},
	};
}

export function serveSettings(router: Router, context: Context): void {
	serveResource(router, context, currencies);
	serveResource(router, context, reasons('/picklists/creditreasons', (state) => state.creditReasons, 'configuration.creditreason'));
	serveResource(router, context, reasons('/picklists/debitreasons', (state) => state.debitReasons));
	router
		.on('GET', `${ORG}/users/me`, () =>
			ok({
				serviceUser: { id: SERVICE_USER_ID, version: 1, name: 'n8n' },
				organization: { id: ORGANIZATION_ID, orgId: ORGANIZATION_ID, version: 1, organizationName: 'Acme Metering', shortName: 'acme', type: 'SANDBOX', status: 'ACTIVE' },
			}),
		)
		.on('GET', `${ORG}/organizationconfig`, () => ok(context.state.organizationConfig))
		.on('PUT', `${ORG}/organizationconfig`, (request) => {
			const { version, ...body } = parseBody(organizationConfig, request);
			const previous = context.state.organizationConfig;
			checkVersion(context, version, previous);
			context.state.organizationConfig = { ...body, ...nextVersion(context, previous) };
			emit(context, 'configuration.organizationconfig.updated', { newDto: context.state.organizationConfig, oldDto: previous });
			return ok(context.state.organizationConfig);
		})
		.on('GET', `${ORG}/customfields`, () => ok(context.state.customFields))
		.on('PUT', `${ORG}/customfields`, (request) => {
			const { version, ...body } = parseBody(customFieldDefaults, request);
			const previous = context.state.customFields;
			checkVersion(context, version, previous);
			context.state.customFields = { ...body, ...nextVersion(context, previous) };
			emit(context, 'configuration.customfield.updated', { newDto: context.state.customFields, oldDto: previous });
			return ok(context.state.customFields);
		});
}
