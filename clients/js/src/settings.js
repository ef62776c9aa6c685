const KIB = 1024;
const MIB = 1024 * KIB;

/** What holds unless an option says otherwise. Durations are in seconds, sizes in bytes. */
export const DEFAULTS = Object.freeze({
  environment: "default",
  fsync: false,
  maxMemory: 16 * MIB,
  maxSpool: 256 * MIB,
  batchEntries: 10_000,
  batchBytes: MIB,
  linger: 1,
  shutdownTimeout: 10,
  timeout: 30,
});

/**
 * Returns the settings of a client: options beat the environment, and that beats the defaults.
 *
 * @param {Record<string, any>} options
 * @param {Record<string, string | undefined>} variables
 */
export function readSettings(options, variables) {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value != null));
  const key =
    given.key || given.keyFile ? given : { key: variables.LOGGER_API_KEY, keyFile: variables.LOGGER_API_KEY_FILE };
  return {
    ...DEFAULTS,
    ...given,
    environment: given.environment || variables.LOGGER_ENVIRONMENT || DEFAULTS.environment,
    url: given.url || variables.LOGGER_API_URL || undefined,
    key: key.key || undefined,
    keyFile: key.keyFile || undefined,
  };
}
