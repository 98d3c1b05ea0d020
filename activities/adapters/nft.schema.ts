/** `nft -j list set`: the elements of one of our sets, each an address with a port. */
import { z } from 'zod'

const element = z.object({ concat: z.tuple([z.string(), z.union([z.number(), z.string()])]) })

export const listedSet = z.object({
  nftables: z.array(z.object({ set: z.object({ elem: z.array(element).default([]) }).optional() })),
})
