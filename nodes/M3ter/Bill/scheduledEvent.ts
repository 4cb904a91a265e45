import { z } from 'zod';

import { Failure } from '../../shared/failure';
import { asJson, limitOf, requiredText, type Handlers, type Operation } from '../operation';

const PATH = '/scheduledevents/configurations';
const NAME = /^\w+$/;

const scheduledEventSchema = z
	.object({ id: z.string(), version: z.number(), name: z.string(), entity: z.string(), field: z.string(), offset: z.number() })
	.passthrough();

/** Scheduled events: m3ter raises them some days after a date of a bill or another entity; the m3ter Trigger can start on them. */
export const scheduledEvent: Handlers = {
	createOrUpdate: async (operation) => {
		const { api } = operation;
		const wanted = bodyOf(operation);
		// m3ter has no look-up by name; organizations have a handful of these.
		const existing = (await api.list(PATH, scheduledEventSchema)).find(({ name }) => name === wanted.name);
		if (existing === undefined) return asJson({ action: 'created', ...scheduledEventSchema.parse(await api.post(PATH, wanted)) });
		const isSame = existing.entity === wanted.entity && existing.field === wanted.field && existing.offset === wanted.offset;
		if (isSame) return asJson({ action: 'unchanged', ...existing });
		return asJson({ action: 'updated', ...scheduledEventSchema.parse(await api.update(`${PATH}/${encodeURIComponent(existing.id)}`, () => wanted)) });
	},

	delete: async (operation) => {
		const id = requiredText(operation, 'scheduledEventId', 'Scheduled Event ID');
		await operation.api.delete(`${PATH}/${encodeURIComponent(id)}`);
		return { deleted: true, id };
	},

	getAll: async (operation) => (await operation.api.list(PATH, scheduledEventSchema, { limit: limitOf(operation) })).map(asJson),
};

function bodyOf(operation: Operation) {
	const entity = requiredText(operation, 'entity', 'Entity');
	const name = requiredText(operation, 'eventName', 'Name');
	if (!NAME.test(name)) throw new Failure('invalid-input', "'Name' is not a name m3ter takes", { description: `'${name}': use letters, digits and underscores, e.g. overdue. The event is then called scheduled.${entity.toLowerCase()}.overdue.` });
	const offset = Number(operation.context.getNodeParameter('offset', operation.index));
	if (!Number.isInteger(offset) || offset < 1) throw new Failure('invalid-input', "'Days After' is not a number of days", { description: `'${String(offset)}': use a whole number of 1 or more.` });
	return { name: `scheduled.${entity.toLowerCase()}.${name}`, entity, field: requiredText(operation, 'field', 'Field'), offset };
}
