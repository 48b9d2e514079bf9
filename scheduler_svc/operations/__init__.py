"""What is done when somebody asks: each in one transaction, in which rules decide and the store writes.

This room stands between the servicers and the store, because a decision about a schedule or a run holds only as long as
the rows that it was taken by are locked.
"""
