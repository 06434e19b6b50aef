"""What the page does with what its visitors send, apart from how it is drawn."""
