/** Customers and items. */
import { Refusal } from './errors';
import { resolveRef } from './lines';
import { current, preferences, touch } from './sales';
import { CUSTOMER_FIELDS, ITEM_FIELDS, type CustomerInput, type ItemInput } from './schemas';
import type { Company, Core, Entity } from './state';
import { changed } from './webhooks';

function insert(core: Core, company: Company, name: 'Customer' | 'Item', fields: object): Entity {
	const id = String(company.nextId++);
	const now = core.time();
	const meta = { domain: 'QBO', sparse: false, SyncToken: '0', Id: id, MetaData: { CreateTime: now, LastUpdatedTime: now } };
	const entity: Entity = { Active: true, ...fields, ...meta };
	company.entities[name].set(id, entity);
	changed(core, company, name, id, 'Create');
	return entity;
}

/** Sparse keeps what is not sent; a full update clears it. */
function rewrite(core: Core, company: Company, name: 'Customer' | 'Item', entity: Entity, input: CustomerInput | ItemInput, fields: string[]): Entity {
	if (!input.sparse) for (const field of fields) if (field !== 'CurrencyRef' && field !== 'Active') delete entity[field];
	Object.assign(entity, input, { sparse: false });
	return touch(core, company, name, entity, 'Update');
}

/** Throws Refusal: 6240 for a name in use, 6000 for a currency that is not possible. */
export function writeCustomer(core: Core, company: Company, input: CustomerInput): Entity {
	const known = input.Id === undefined ? undefined : current(company, 'Customer', input);
	const name = input.DisplayName ?? input.CompanyName ?? [input.GivenName, input.FamilyName].filter(Boolean).join(' ');
	if (!name && !input.sparse) throw new Refusal('2020', 'Required parameter DisplayName is missing in the request', 'DisplayName');
	const taken = [...company.entities.Customer.values()].some((entry) => entry.DisplayName === name && entry.Id !== known?.Id);
	if (name && taken) throw new Refusal('6240', 'Duplicate Name Exists Error : The name supplied already exists. : null', 'DisplayName');
	resolveRef(company, 'Term', input.SalesTermRef, 'SalesTermRef');
	const parent = resolveRef(company, 'Customer', input.ParentRef, 'ParentRef');
	const currency = input.CurrencyRef?.value ?? (known?.CurrencyRef as { value: string } | undefined)?.value ?? company.homeCurrency;
	if (currency !== company.homeCurrency && !preferences(company).CurrencyPrefs.MultiCurrencyEnabled) {
		throw new Refusal('6000', 'Business Validation Error: Multi-currency is not enabled for this company.', 'CurrencyRef');
	}
	if (known && currency !== (known.CurrencyRef as { value: string }).value) {
		throw new Refusal('6000', "Business Validation Error: A customer's currency cannot be changed.", 'CurrencyRef');
	}
	const computed = {
		...(name && { DisplayName: name, FullyQualifiedName: parent ? `${parent.name}:${name}` : name, PrintOnCheckName: name }),
		CurrencyRef: { value: currency },
	};
	if (known) return rewrite(core, company, 'Customer', known, { ...input, ...computed }, Object.keys(CUSTOMER_FIELDS));
	return insert(core, company, 'Customer', { ...input, ...computed, Balance: 0 });
}

/** Throws Refusal: 6240 for a name in use. */
export function writeItem(core: Core, company: Company, input: ItemInput): Entity {
	const known = input.Id === undefined ? undefined : current(company, 'Item', input);
	if (!input.Name && !input.sparse) throw new Refusal('2020', 'Required parameter Name is missing in the request', 'Name');
	const taken = [...company.entities.Item.values()].some(({ Name, Id }) => Name === input.Name && Id !== known?.Id);
	if (taken) throw new Refusal('6240', 'Duplicate Name Exists Error : The name supplied already exists. : null', 'Name');
	resolveRef(company, 'Account', input.IncomeAccountRef, 'IncomeAccountRef');
	if (known) return rewrite(core, company, 'Item', known, input, Object.keys(ITEM_FIELDS));
	if (!input.IncomeAccountRef && input.Type !== 'Category') throw new Refusal('2020', 'Required parameter IncomeAccountRef is missing in the request', 'IncomeAccountRef');
	return insert(core, company, 'Item', { Type: 'Service', ...input, FullyQualifiedName: input.Name });
}
