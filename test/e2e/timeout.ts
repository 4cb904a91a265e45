/** Starting an n8n takes 10 to 40 seconds, depending on the machine. */
jest.setTimeout(120_000);
