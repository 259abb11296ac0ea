print("xenkeeper")
