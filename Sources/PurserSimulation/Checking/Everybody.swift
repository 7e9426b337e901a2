import PurserEngine

// Whose links there are in a world, looked at together.

extension WalletID {
    /// The other one, in worlds that more than one person has links in.
    static let second = WalletID(rawValue: "wal_second")
    /// Every wallet of a world.
    static let everybody: [WalletID] = [.first, .second]
}

extension StoreReads {
    /// The links of every wallet.
    func everyLink() throws(StoreError) -> [Link] {
        var out: [Link] = []
        for wallet in WalletID.everybody { out += try links(wallet) }
        return out
    }

    /// A link, whoever's it is.
    func anyLink(_ id: LinkID) throws(StoreError) -> Link? {
        for wallet in WalletID.everybody { if let link = try link(wallet, id) { return link } }
        return nil
    }

    /// The spend of a link that has begun, whoever's it is.
    func anyIntent(_ id: LinkID) throws(StoreError) -> Intent? {
        for wallet in WalletID.everybody { if let intent = try intent(wallet, id) { return intent } }
        return nil
    }

    /// The receipts of every wallet.
    func everyReceipt() throws(StoreError) -> [Receipt] {
        var out: [Receipt] = []
        for wallet in WalletID.everybody { out += try receipts(wallet) }
        return out
    }
}
