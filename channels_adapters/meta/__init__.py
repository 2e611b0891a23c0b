"""What the channels of Meta share: signature, handshake and the error format of the Graph API."""
