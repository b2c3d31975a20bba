import { mapping, text } from './vocabulary.js';

const SCHEMA_FILE_EXPECTED = 'the path of a JSON Schema, from the folder of this file; it is never fetched';

const schemaFile = () =>
  text(SCHEMA_FILE_EXPECTED)
    .min(1, SCHEMA_FILE_EXPECTED)
    .refine((written) => !/^[a-z][a-z\d+.-]+:\/\//i.test(written), SCHEMA_FILE_EXPECTED);

export const decodingSchema = mapping(
  {
    json: mapping(
      {
        schema: schemaFile()
          .optional()
          .describe('Path of a JSON Schema that the body must satisfy; absent: accept any JSON'),
      },
      'a mapping that describes JSON; {} for any',
    ).describe('The body must be JSON; message.json() returns the checked value'),
  },
  'a mapping with json',
);
