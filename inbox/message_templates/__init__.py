"""Message templates: texts that a vendor approved beforehand, which may be sent when free text may not.

Vendors are the authority: rows are copies, brought up to date by `actions.sync_templates`. `rules` checks what is to be
submitted, `filling` what is to be sent; both are pure.
"""
