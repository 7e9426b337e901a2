PretendProviders.run()
