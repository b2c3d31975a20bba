export { ERROR_CODES, type ErrorCode } from './codes.cjs';
export {
  BrokerError,
  ConfigurationError,
  ConsumerError,
  DeliveryError,
  DispatcherError,
  MessageTooLarge,
} from './dispatcher-error.cjs';
export { asError, messageOf, stacksOf } from './error-text.js';
export { nearestWord } from './nearest-word.js';
