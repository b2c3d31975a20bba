export { ERROR_CODES, type ErrorCode } from './codes.js';
export {
  asError,
  BrokerError,
  ConfigurationError,
  ConsumerError,
  DeliveryError,
  DispatcherError,
  MessageTooLarge,
  messageOf,
} from './dispatcher-error.js';
