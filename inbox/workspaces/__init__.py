"""Who may see what: workspaces (the tenants), users, memberships, invitations, the audit log.

`tenancy` sets the scope the database enforces; `access` holds the policies views declare. See docs/tenancy.md.
"""
