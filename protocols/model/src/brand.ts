declare const brand: unique symbol;

/** A plain value that another of the same shape cannot be taken for: a TEID is not a RAN-UE-NGAP-ID, a SUCI's text is not a SUPI. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
