import { defineMappingTag, defineScalarTag, mapTag, NOT_RESOLVED, strTag } from 'js-yaml';
import { Template } from '../interpolation/template.js';

const isTemplate = (data: unknown): boolean => data instanceof Template;

/** Only plain scalars are resolved implicitly, so this one tells them from quoted ones. */
const plainTag = defineScalarTag('tag:amqp-dispatcher,2026:template', {
  implicit: true,
  resolve: (source) => (Template.isIn(source) ? new Template(source, true) : NOT_RESOLVED),
  identify: isTemplate,
});

const textTag = defineScalarTag<string | Template>(strTag.tagName, {
  resolve: (source) => (Template.isIn(source) ? new Template(source, false) : source),
  identify: isTemplate,
});

/** Keys stay as they are written. */
const keyOf = (key: unknown): unknown => (key instanceof Template ? key.text : key);

const mappingTag = defineMappingTag<Record<string, unknown>>(mapTag.tagName, {
  create: mapTag.create,
  addPair: (carrier, key, value) => mapTag.addPair(carrier, keyOf(key), value),
  has: (carrier, key) => mapTag.has(carrier, keyOf(key)),
  keys: mapTag.keys,
  get: mapTag.get,
  identify: mapTag.identify,
});

/** Tags that construct a `Template` for each value that contains `${`. */
export const TEMPLATE_TAGS = [plainTag, textTag, mappingTag];
