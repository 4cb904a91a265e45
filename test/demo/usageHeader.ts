/** What the webhooks and services of the usage templates ask of whoever calls them. */
export const USAGE_HEADER = { name: 'X-Usage-Key', value: 'usage-of-the-demo' };
