using System.Runtime.CompilerServices;

namespace Realtime.Presence;

/// <summary>One user in one channel. Guarded by the channel's presence.</summary>
internal sealed class PresenceEntry(ChannelPresence channel, string user, long since)
{
    /// <summary>Stands for "not at all" where a time is meant.</summary>
    internal const long Never = long.MaxValue;

    private Counts _counts;
    private long[]? _pollLeases;
    private RemoteShare[] _shares = [];

    internal ChannelPresence Channel { get; } = channel;

    internal string User { get; } = user;

    /// <summary>When the user came, in milliseconds of Unix time.</summary>
    internal long Since { get; set; } = since;

    /// <summary>The transports on this node, as last told to the other nodes.</summary>
    internal byte Told { get; set; }

    /// <summary>Whether readers were told that the user is here.</summary>
    internal bool IsAnnounced { get; set; }

    /// <summary>Whether it waits to be looked at.</summary>
    internal bool IsChanged { get; set; }

    internal bool IsRemoved { get; set; }

    /// <summary>When the user counts as gone.</summary>
    internal long LeaveAt { get; set; } = Never;

    /// <summary>When it is looked at again.</summary>
    internal long DueAt { get; set; } = Never;

    /// <summary>Sessions and held polls on this node.</summary>
    internal int Readers
    {
        get
        {
            var sum = 0;
            foreach (var count in (ReadOnlySpan<int>)_counts)
                sum += count;
            return sum;
        }
    }

    /// <inheritdoc cref="ChannelPresence.Leave"/>
    internal void Leave(string transport) => Channel.Leave(this, PresenceTransports.IndexOf(transport));

    /// <inheritdoc cref="ChannelPresence.EndPoll"/>
    internal void EndPoll(string transport) => Channel.EndPoll(this, PresenceTransports.IndexOf(transport));

    internal void Add(int transport, int change) => _counts[transport] += change;

    internal void LeasePoll(int transport, long until)
    {
        _pollLeases ??= new long[PresenceTransports.Count - PresenceTransports.LongPoll];
        _pollLeases[transport - PresenceTransports.LongPoll] = until;
    }

    /// <summary>The transports by which the user is here on this node.</summary>
    internal byte LocalMask(long now)
    {
        var mask = 0;
        for (var i = 0; i < PresenceTransports.Count; i++)
        {
            if (_counts[i] > 0 || i >= PresenceTransports.LongPoll && _pollLeases is { } leases && leases[i - PresenceTransports.LongPoll] > now)
                mask |= 1 << i;
        }

        return (byte)mask;
    }

    internal byte Mask(long now)
    {
        var mask = LocalMask(now);
        foreach (var share in _shares)
            mask |= share.Mask;
        return mask;
    }

    /// <summary>When the entry has to be looked at again by itself.</summary>
    internal long NextDue(long now)
    {
        var next = LeaveAt;
        foreach (var lease in _pollLeases ?? [])
        {
            if (lease > now && lease < next)
                next = lease;
        }

        return next;
    }

    internal bool IsOn(RemoteHolding holding) => Array.Exists(_shares, share => share.Holding == holding);

    /// <summary>Takes in by which transports the user is on another node; none takes the node away.</summary>
    /// <returns>Whether anything changed.</returns>
    internal bool Share(RemoteHolding holding, byte mask)
    {
        var index = Array.FindIndex(_shares, share => share.Holding == holding);
        if (index < 0 ? mask == 0 : _shares[index].Mask == mask)
            return false;
        if (mask == 0)
        {
            _shares = [.. _shares.Where((_, other) => other != index)];
            holding.Users--;
        }
        else if (index < 0)
        {
            _shares = [.. _shares, new RemoteShare(holding, mask)];
            holding.Users++;
        }
        else
        {
            _shares[index] = new RemoteShare(holding, mask);
        }

        return true;
    }

    [InlineArray(PresenceTransports.Count)]
    private struct Counts
    {
        private int _first;
    }

    private readonly record struct RemoteShare(RemoteHolding Holding, byte Mask);
}
