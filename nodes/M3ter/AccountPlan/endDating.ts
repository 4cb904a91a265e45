import { Failure } from '../../shared/failure';
import { dateTimeOf, flag, requiredText, type Operation } from '../operation';
import { endDatedSchema } from '../schemas';

/**
 * Ends the chosen billing entities of an account or contract. m3ter answers 200 even when it could not end all of them.
 * @param path of the account or contract
 * @param whose for the message
 * @throws Failure `refused` naming what was not ended, unless 'Fail When Incomplete' is off
 */
export async function endDateEntities(operation: Operation, path: string, whose: string) {
	const { api, context, index } = operation;
	const answer = endDatedSchema.parse(
		await api.put(`${path}/enddatebillingentities`, {
			endDate: dateTimeOf(operation, requiredText(operation, 'endDate', 'End Date'), 'End Date'),
			billingEntities: context.getNodeParameter('billingEntities', index, []),
			applyToChildren: flag(operation, 'applyToChildren'),
		}),
	);
	const failed = Object.entries(answer.failedEntities ?? {}).filter(([, ids]) => ids.length > 0);
	if (failed.length > 0 && flag(operation, 'failWhenIncomplete', true)) {
		throw new Failure('refused', 'm3ter could not end-date everything', {
			description: `${whose}: not ended were ${failed.map(([kind, ids]) => `${kind} ${ids.join(', ')}`).join('; ')}. ${answer.statusMessage ?? ''} Usually they start after the end date.`,
			details: { updatedEntities: answer.updatedEntities ?? {}, failedEntities: answer.failedEntities ?? {} },
		});
	}
	return { complete: failed.length === 0, ...answer };
}
