export { ERROR_CODES, type ErrorCode } from './codes.js';
export {
  asError,
  BrokerError,
  ConfigurationError,
  ConsumerError,
  DeliveryError,
  DispatcherError,
  MessageTooLarge,
} from './dispatcher-error.js';
export { messageOf, stacksOf } from './error-text.js';
export { nearestWord } from './nearest-word.js';
